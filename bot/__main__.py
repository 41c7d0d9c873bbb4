"""`python -m bot` is `maint`."""

from bot.cli import main

raise SystemExit(main())
