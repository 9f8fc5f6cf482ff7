"""The numbers of the TIFF tags that the reader and the writer of TIFF know."""

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
FILL_ORDER, OFFSETS, ORIENTATION, CHANNELS, ROWS, COUNTS = 266, 273, 274, 277, 278, 279
PLANAR, PREDICTOR, TILE_WIDTH, TILE_HEIGHT = 284, 317, 322, 323
TILE_OFFSETS, TILE_COUNTS, EXTRA, SAMPLE_FORMAT = 324, 325, 338, 339
SUB_IFDS, XMP, ICC, DNG, CFA = 330, 700, 34675, 50706, (32803, 34892)
RESOLUTION = (282, 283, 296)
# Tags that say how the pixels lie in the file, or repeat them (previews, layers).
STRUCTURE = frozenset(
    {273, 284, 297, 301, 34377, 37724, XMP, ICC}.union(
        *(range(254, 270), range(277, 282), range(288, 294)),
        *(range(317, 348), range(512, 522), range(529, 533)),
    )
)
