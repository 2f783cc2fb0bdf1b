// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/gzip.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include <zlib.h>

namespace berth::ignition {
namespace {

/// zlib's word for "with a gzip header, and the largest window".
constexpr int kGzipWindow = 15 + 16;
constexpr int kMemoryLevel = 8;

Bytef* bytesOf(std::string_view text) {
  // zlib does not write to its input, but says so only when told with a macro.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
}

/// zlib counts in 32 bits: longer input is handed over in pieces.
uInt pieceOf(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, 1U << 30)); }

/// Feeds `bytes` to `step`, which is told whether there is more to come, and gathers what comes out, until `step` ends
/// the stream, cannot go on, or has made more than `limit` bytes. What `step` said last.
template <class Step>
int pump(z_stream& stream, std::string_view bytes, std::size_t limit, std::string& out, Step step) {
  std::array<char, 65536> chunk;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= limit) {
    if (stream.avail_in == 0 && !bytes.empty()) {
      stream.next_in = bytesOf(bytes);
      stream.avail_in = pieceOf(bytes.size());
      bytes.remove_prefix(stream.avail_in);
    }
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = chunk.size();
    state = step(bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  return state;
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  // Only lack of memory can fail here, and nothing sensible can follow that.
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    std::abort();
  }
  std::string out;
  pump(stream, bytes, std::numeric_limits<std::size_t>::max(), out, [&](int flush) { return deflate(&stream, flush); });
  deflateEnd(&stream);
  return out;
}

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return std::nullopt;
  std::string out;
  // To inflate, "finish" means that all of it fits into the chunk, which is not so.
  int state = pump(stream, bytes, limit, out, [&](int) { return inflate(&stream, Z_NO_FLUSH); });
  inflateEnd(&stream);
  if (state != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace berth::ignition
