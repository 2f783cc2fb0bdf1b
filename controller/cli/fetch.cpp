// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/fetch.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include <curl/curl.h>

namespace berth::cli {

namespace {

struct Received {
  std::string text;
  std::size_t limit = 0;
};

/// libcurl calls it with each piece; a short count ends the transfer.
std::size_t take(const char* data, std::size_t size, std::size_t count, void* into) {
  auto& received = *static_cast<Received*>(into);
  const std::size_t bytes = size * count;
  if (received.text.size() + bytes > received.limit) return 0;
  received.text.append(data, bytes);
  return bytes;
}

struct Cleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

Trouble cannotFetch(const std::string& url, const std::string& why) {
  return {"cannot fetch " + url + ": " + why,
          "Without a way to the Internet, name the image as file: (a path on the hosts) or as url: with sha256:.",
          Trouble::Kind::unreachable};
}

}  // namespace

Result<std::string> fetchText(const std::string& url, const FetchLimits& limits) {
  const std::unique_ptr<CURL, Cleanup> curl(curl_easy_init());
  if (!curl) return cannotFetch(url, "libcurl does not start");
  Received received{{}, limits.bytes};
  std::array<char, CURL_ERROR_SIZE> words{};
  const bool secure = url.starts_with("https://");
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_MAXREDIRS, 5L);
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits.connect.count()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, static_cast<long>(limits.total.count()));
  curl_easy_setopt(curl.get(), CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "berth/" BERTH_VERSION);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, words.data());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &received);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return std::move(received.text);
  if (code == CURLE_WRITE_ERROR) return cannotFetch(url, "larger than " + std::to_string(limits.bytes) + " bytes");
  return cannotFetch(url, words[0] != '\0' ? words.data() : curl_easy_strerror(code));
}

Result<Digest> digestOfFile(const std::filesystem::path& path) {
  const auto cannotRead = [&path](const std::string& why) {
    return Trouble{"cannot read " + path.string() + " to work out its sha256: " + why,
                   "The spec can name it (sha256:), or be applied where the file lies."};
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return cannotRead(error ? error.message() : "not a regular file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return cannotRead(std::generic_category().message(errno));
  Digester digester;
  std::vector<char> piece(std::size_t{1} << 20);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
    digester.update(std::span(reinterpret_cast<const std::uint8_t*>(piece.data()), got));
  }
  if (file.bad()) return cannotRead(std::generic_category().message(errno));
  return digester.finish();
}

}  // namespace berth::cli
