// SPDX-License-Identifier: Apache-2.0
//
// Any bytes survive the way into a data URL and back; any text is a data URL or is refused with a reason.
#include "planner/ignition/data_url.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "planner/ignition/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace berth::ignition;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const std::string& url : {escapedDataUrl(bytes), base64DataUrl(bytes)}) {
    auto back = decodeDataUrl(url);
    if (!std::holds_alternative<std::string>(back) || std::get<std::string>(back) != bytes) std::abort();
  }
  auto decoded = decodeDataUrl(bytes);
  if (auto* wrong = std::get_if<NoDataUrl>(&decoded); wrong != nullptr && wrong->reason.empty()) std::abort();
  (void)parseUrl(bytes);
  (void)isS3Arn(bytes);
  return 0;
}
