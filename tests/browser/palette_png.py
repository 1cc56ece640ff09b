"""Pictures of pages as small PNG files: few colours, an index for each pixel."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

# Common colours stay exact. Where there are more than 256, those that hardly differ from a commoner one go to their
# nearest: shades at the edges of letters, never a hue of its own.
COUNT_COLOURS = """async (png) => {
    const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const { width, height } = bitmap;
    const surface = new OffscreenCanvas(width, height).getContext("2d");
    surface.drawImage(bitmap, 0, 0);
    const { data } = surface.getImageData(0, 0, width, height);
    const colours = Uint32Array.from({ length: width * height }, (_, at) =>
        (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2]);
    const counts = new Map();
    for (const colour of colours) counts.set(colour, (counts.get(colour) ?? 0) + 1);
    const distance = (one, other) => [16, 8, 0].reduce((sum, bits) =>
        sum + (((one >> bits) & 255) - ((other >> bits) & 255)) ** 2, 0);
    const sorted = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
    let kept = sorted;
    for (let step = 1; kept.length > 256; step += 1) {
        kept = [];
        for (const colour of sorted) {
            if (kept.length <= 256 && kept.every((each) => distance(each, colour) >= step * step)) kept.push(colour);
        }
    }
    const places = new Map(kept.map((colour, place) => [colour, place]));
    const nearest = (colour) => kept.reduce((best, each, place) =>
        distance(colour, each) < distance(colour, kept[best]) ? place : best, 0);
    for (const colour of counts.keys()) if (!places.has(colour)) places.set(colour, nearest(colour));
    const indexes = Uint8Array.from(colours, (colour) => places.get(colour));
    let pixels = "";
    for (let at = 0; at < indexes.length; at += 8192) {
        pixels += String.fromCharCode(...indexes.subarray(at, at + 8192));
    }
    return { width, height, palette: kept, pixels: btoa(pixels) };
}"""


def shrink(png: bytes, workshop: Page) -> bytes:
    """The same picture in at most 256 colours. `workshop` is any blank page."""
    found: dict[str, Any] = workshop.evaluate(COUNT_COLOURS, base64.b64encode(png).decode())
    width, height = found["width"], found["height"]
    pixels = base64.b64decode(found["pixels"])
    rows = b"".join(b"\0" + pixels[width * row : width * (row + 1)] for row in range(height))
    palette = b"".join(colour.to_bytes(3, "big") for colour in found["palette"])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
