ITERATED = 0


class CountingList(list):
    def __iter__(self):
        global ITERATED
        ITERATED += 1
        return super().__iter__()
