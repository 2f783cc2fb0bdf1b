// SPDX-License-Identifier: Apache-2.0
#include "agent/images/packing.h"

#include <array>
#include <memory>
#include <system_error>
#include <vector>

#include <archive.h>
#include <unistd.h>

#include "agent/disks/file.h"

namespace berth::images {
namespace {

constexpr std::size_t kPiece = 256u << 10;

struct ArchiveCloser {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, ArchiveCloser>;

bool startsWith(std::span<const std::uint8_t> head, std::initializer_list<std::uint8_t> magic) {
  return head.size() >= magic.size() && std::equal(magic.begin(), magic.end(), head.begin());
}

Error permanent(std::string message) { return {Error::Kind::permanent, std::move(message)}; }

Error broken(archive* reader) {
  const char* reason = archive_error_string(reader);
  return permanent(std::string("cannot be unpacked: ") + (reason == nullptr ? "it is damaged" : reason));
}

int support(archive* reader, Packing packing) {
  switch (packing) {
    case Packing::gzip: return archive_read_support_filter_gzip(reader);
    case Packing::xz: return archive_read_support_filter_xz(reader);
    case Packing::zstd: return archive_read_support_filter_zstd(reader);
    case Packing::none: return ARCHIVE_FATAL;
  }
  return ARCHIVE_FATAL;
}

std::optional<Error> disagreement(int packed, Packing said) {
  std::array<std::uint8_t, 8> head{};
  const ssize_t count = ::pread(packed, head.data(), head.size(), 0);
  const Packing found = packingOf(std::span(head).first(count < 0 ? 0 : static_cast<std::size_t>(count)));
  if (found == said) return std::nullopt;
  return permanent("is said to be packed with " + std::string(toString(said)) + ", but " +
                   (found == Packing::none ? "is not" : "is packed with " + std::string(toString(found))));
}

}  // namespace

std::string_view toString(Packing packing) {
  switch (packing) {
    case Packing::none: return "nothing";
    case Packing::gzip: return "gzip";
    case Packing::xz: return "xz";
    case Packing::zstd: return "zstd";
  }
  return "";
}

Packing packingOf(std::span<const std::uint8_t> head) {
  if (startsWith(head, {0x1f, 0x8b})) return Packing::gzip;
  if (startsWith(head, {0xfd, '7', 'z', 'X', 'Z', 0x00})) return Packing::xz;
  if (startsWith(head, {0x28, 0xb5, 0x2f, 0xfd})) return Packing::zstd;
  return Packing::none;
}

std::variant<Unpacked, Error> unpack(int packed, Packing packing, int out, std::uint64_t limit,
                                     const std::stop_token& stop) {
  if (auto error = disagreement(packed, packing)) return *error;
  if (::lseek(packed, 0, SEEK_SET) != 0) return permanent("cannot be read");
  const Reader reader(archive_read_new());
  archive_entry* entry = nullptr;
  // Of the formats only "raw", the bare stream, and of the filters only the one that was named.
  if (!reader || support(reader.get(), packing) != ARCHIVE_OK ||
      archive_read_support_format_raw(reader.get()) != ARCHIVE_OK ||
      archive_read_open_fd(reader.get(), packed, kPiece) != ARCHIVE_OK ||
      archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) {
    return broken(reader.get());
  }
  Digester digester;
  Unpacked unpacked;
  std::vector<std::uint8_t> piece(kPiece);
  while (true) {
    if (stop.stop_requested()) return Error{Error::Kind::temporary, "was not unpacked: cancelled"};
    const la_ssize_t count = archive_read_data(reader.get(), piece.data(), piece.size());
    if (count < 0) return broken(reader.get());
    if (count == 0) break;
    const std::span<const std::uint8_t> content(piece.data(), static_cast<std::size_t>(count));
    unpacked.bytes += content.size();
    if (unpacked.bytes > limit) return permanent("unpacks to more than " + Bytes(limit).str());
    digester.update(content);
    if (const int error = disks::writeAll(out, content); error != 0) {
      return Error{Error::Kind::temporary, "could not be written: " + std::generic_category().message(error)};
    }
  }
  unpacked.content = digester.finish();
  return unpacked;
}

}  // namespace berth::images
