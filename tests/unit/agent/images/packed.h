// SPDX-License-Identifier: Apache-2.0
//
// Packs a text in memory, as a server of images would have packed it.
#pragma once

#include <string>

#include <archive.h>
#include <archive_entry.h>

#include "agent/images/packing.h"

namespace berth::images::testing {

inline std::string packed(const std::string& content, Packing packing) {
  if (packing == Packing::none) return content;
  std::string out(content.size() + (1u << 20), '\0');
  std::size_t used = 0;
  archive* writer = archive_write_new();
  if (packing == Packing::gzip) archive_write_add_filter_gzip(writer);
  if (packing == Packing::xz) archive_write_add_filter_xz(writer);
  if (packing == Packing::zstd) archive_write_add_filter_zstd(writer);
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, out.data(), out.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(writer, entry);
  archive_write_data(writer, content.data(), content.size());
  archive_entry_free(entry);
  archive_write_free(writer);
  return out.substr(0, used);
}

}  // namespace berth::images::testing
