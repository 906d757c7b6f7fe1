"""Packaging of Marx: two packages (`marx` and the free-standing `sandbox`) and one console script."""

from setuptools import find_packages, setup

setup(
    name="marx",
    version="0.1.0",
    description="Runs the slow parts of an ordinary Python program on the idle machines of a lab",
    license="BSD-3-Clause",
    python_requires=">=3.11",
    packages=find_packages(include=["marx", "marx.*", "sandbox", "sandbox.*"]),
    package_data={"marx": ["*.md", "wire/*.md"], "sandbox": ["*.md"]},
    install_requires=[
        "click>=8.1",
        "cloudpickle>=3.0",
        "cronsim>=2.5",
        "dill>=0.3.8",
        "gevent>=24.2",
        "msgspec>=0.18.6",
        "psutil>=5.9",
        "pyzmq>=26",
        "RestrictedPython>=9.0",
        "rich>=13",
        "sqlite-utils>=4.0",
        "tzdata>=2024.1",
    ],
    extras_require={
        "examples": ["numpy>=1.26"],
        "joblib": ["joblib>=1.4"],
        "test": [
            "aiosmtpd>=1.4.6",
            "hypothesis>=6.100",
            "joblib>=1.4",
            "mypy>=1.10",
            "numpy>=1.26",
            "pytest>=9",
            "pytest-xdist>=3.6",
            "ruff>=0.6",
            "scikit-learn>=1.4",
        ],
    },
    entry_points={"console_scripts": ["marx = marx.cli:main"]},
)
