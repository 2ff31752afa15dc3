"""User memory under an ioctl: what the kernel copies, when, and what it makes of the bytes.

Another subject than the coherency of caches: a call is a short straight program over bytes that a second thread may
change, so a run ends after a fixed number of steps and every value of every word is considered.
"""
