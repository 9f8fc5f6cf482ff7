"""The numbers of the TIFF tags that the reader and the writer of TIFF know."""

SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
DESCRIPTION, OFFSETS, ORIENTATION, CHANNELS, ROWS, COUNTS = 270, 273, 274, 277, 278, 279
PLANAR, PREDICTOR, WHITE, PRIMARIES, TILE_WIDTH, TILE_HEIGHT = 284, 317, 318, 319, 322, 323
TILE_OFFSETS, TILE_COUNTS, EXTRA, SAMPLE_FORMAT, SUBSAMPLING = 324, 325, 338, 339, 530
PALETTE, JPEG_TABLES = 320, 347
SUB_IFDS, XMP, ICC, DNG, CFA = 330, 700, 34675, 50706, (32803, 34892)
IPTC, PHOTOSHOP, LAYERS, IMAGEJ = 33723, 34377, 37724, (50838, 50839)
DEPTH, TILE_DEPTH = 32997, 32998
RESOLUTION = (282, 283, 296)
# Tags that say how the pixels lie in the file, or repeat them (previews, layers), or are taken
# elsewhere. All others are carried.
STRUCTURE = frozenset(
    {273, 284, 297, XMP, ICC, IPTC, PHOTOSHOP, LAYERS, PREDICTOR, DEPTH, TILE_DEPTH}.union(
        *(range(254, 269), range(277, 282), range(288, 294)),
        *(range(320, 337), range(338, 348), range(512, 522), range(529, 533)),
    )
)
# What says how one page is to be shown, and so nothing about another page.
OF_A_PAGE = frozenset((ORIENTATION, *RESOLUTION, 301, WHITE, PRIMARIES))
