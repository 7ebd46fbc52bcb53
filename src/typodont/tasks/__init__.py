"""The jobs: what goes in, what comes out, and how it is trained and measured."""
