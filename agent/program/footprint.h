// SPDX-License-Identifier: Apache-2.0
//
// An agent shares its host's memory with the guests, and most of what it occupies after its start it never looks at
// again: the code of some hundred libraries (libvirt brings TLS, Kerberos and GLib along) that ran once, to set itself
// up. This gives it back: what is really used comes back by itself, from the page cache, at the next touch.
#pragma once

namespace berth::program {

/// Gives unused heap and all code and constants of the program and its libraries back to the kernel. Safe at any time
/// from any thread: only pages that are an unchanged copy of a file are let go. Takes about a millisecond.
void shrinkFootprint();

}  // namespace berth::program
