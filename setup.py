"""Finds the packages: the folder `src/` is the package `yanbao`, and every folder of code in it is one below it."""

from setuptools import find_packages, setup

setup(packages=["yanbao", *(f"yanbao.{name}" for name in find_packages("src"))])
