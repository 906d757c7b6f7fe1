"""The sum and the product of the integers from one to a million, written to sum.txt and product.txt.

The product has 5.6 million digits. Multiplying a growing number by one small factor after the other would take hours, so blocks of
neighbours are multiplied first, and their products pairwise after that, as decimals: those are quick to multiply and to print.
"""
import decimal

LAST = 1_000_000
BLOCK = 5_000


def sum_and_product(first):
    """Of one block: the sum as an int, the product as a decimal with all its digits."""
    total, product = 0, 1
    for number in range(first, min(first + BLOCK, LAST + 1)):
        total += number
        product *= number
    return total, decimal.Decimal(product)


def multiply_all(products):
    """Exact: a product that had to be rounded would be an error."""
    with decimal.localcontext(prec=decimal.MAX_PREC, Emax=decimal.MAX_EMAX, traps=[decimal.Inexact]):
        while len(products) > 1:
            pairs = zip(products[::2], products[1::2])
            odd = products[-1:] if len(products) % 2 else []
            products = [a * b for a, b in pairs] + odd
        return products[0]


blocks = [sum_and_product(first) for first in range(1, LAST + 1, BLOCK)]

total = sum(block[0] for block in blocks)
with open("sum.txt", "w") as file:
    print(total, file=file)

product = format(multiply_all([block[1] for block in blocks]), "f")
with open("product.txt", "w") as file:
    print(product, file=file)

print("the sum is", total)
print("the product has", len(product), "digits,", len(product) - len(product.rstrip("0")), "of them zeros at the end")
