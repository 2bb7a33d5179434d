"""Whatever reads untrusted bytes with code that may abort, hang or swell, in a process of its own.

`guard` asks, `child` answers: workbooks, encrypted Office files, SpreadsheetML and HTML as plain rows (`plain`), and templates
that are filled (`editing`). Above it every room may ask, the readers of bills as well as those of a user's own workbooks;
nothing here knows a bill. Nothing is imported here: the child starts without a frame library.
"""
