// SPDX-License-Identifier: Apache-2.0
//
// What a person sees is compared, byte by byte, with a file that a person looked at once. BERTH_ACCEPT=1 writes what
// is seen now into the file: look at the difference before you commit it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/checkout.h"

namespace berth::testing {

/// `name` is relative to the folder testdata beside the test that calls.
inline void expectGolden(const std::string& name, const std::string& seen, const char* test = __builtin_FILE()) {
  std::string folder = test;
  folder = folder.substr(folder.rfind("tests/unit/"));
  const std::string path =
      std::string(checkout::kRoot) + "/" + folder.substr(0, folder.rfind('/')) + "/testdata/" + name;
  if (std::getenv("BERTH_ACCEPT") != nullptr) {
    std::ofstream(path) << seen;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(seen, golden.str()) << "differs from " << path << "; BERTH_ACCEPT=1 takes what is seen now";
}

}  // namespace berth::testing
