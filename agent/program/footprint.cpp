// SPDX-License-Identifier: Apache-2.0
#include "agent/program/footprint.h"

#include <cstring>

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace berth::program {
namespace {

/// Lets go of the segments of one library that nobody may write. What the loader has relocated lies in others, which
/// may be written (PF_W), and is left alone.
int letGo(dl_phdr_info* library, std::size_t, void*) {
  // The kernel's own page has no file to come back from.
  if (std::strncmp(library->dlpi_name, "linux-vdso", 10) == 0) return 0;
  const auto page = static_cast<ElfW(Addr)>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const auto& segment = library->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const auto begin = (library->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const auto end = library->dlpi_addr + segment.p_vaddr + segment.p_filesz;
    // One that cannot be let go stays, and does no harm.
    (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void shrinkFootprint() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(letGo, nullptr);
}

}  // namespace berth::program
