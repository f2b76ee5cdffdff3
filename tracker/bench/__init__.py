"""Every figure we quote, measured: `python -m tracker.bench [NAME ...]`.

Each module of a benchmark's name has `run(stage)`, which yields figures; `figure` says what one
is, `stage` sets the scene (a private daemon, a library of made-up tracks, sounds of each format),
`gauge` reads clocks and memory. The daemon and the application are only started, never imported.
"""
