// SPDX-License-Identifier: Apache-2.0
//
// Writes tar archives in the oldest form that every tar reads (ustar), plain files only, with nothing in them but names
// and contents: read-only, of root, of the first second of 1970. So the same files always make the same bytes.
//
// An archive says by itself where it ends, and its length is a multiple of 512 bytes: it can be read off a disk that
// has nothing else on it.
//
// Source: POSIX.1-2017, pax, "ustar Interchange Format".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::images {

/// Names up to this length need nothing but the name field of a header.
inline constexpr std::size_t kTarNameMax = 100;
/// Eleven octal digits.
inline constexpr std::uint64_t kTarFileMax = (8ULL << 30) - 1;

/// What stands before a file's content: 512 bytes. `name` has at most kTarNameMax bytes, `size` is at most kTarFileMax.
[[nodiscard]] std::string tarHeader(std::string_view name, std::uint64_t size);
/// How many zero bytes come after a file of that size.
[[nodiscard]] std::size_t tarPadding(std::uint64_t size);
/// How many zero bytes come at the end of an archive that has `size` bytes so far: two blocks at least, and the rest of
/// a record of 10 KiB, which is what tar reads at a time.
[[nodiscard]] std::size_t tarEnd(std::uint64_t size);

}  // namespace berth::images
