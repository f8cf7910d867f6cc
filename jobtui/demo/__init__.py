"""The embedded demo services: real HTTP on loopback, one dialect a file, jobs that live by themselves."""
