"""Samples of every layout in its true encoding and container, and what each must become.

`tests/golden/<profile id>/<sample>` is the input, `<sample>.expected.json` beside it the golden. Goldens are written
by `make golden` alone; look at the difference before it is committed.
"""
