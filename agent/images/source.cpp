// SPDX-License-Identifier: Apache-2.0
#include "agent/images/source.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>

namespace berth::images {
namespace {

namespace fs = std::filesystem;

struct UrlCloser {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCloser>;

std::string part(const Url& url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string result = text;
  curl_free(text);
  return result;
}

Error permanent(std::string message) { return {Error::Kind::permanent, std::move(message)}; }

bool liesUnder(const fs::path& path, const fs::path& directory) {
  const auto [left, unused] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return left == directory.end();
}

}  // namespace

std::variant<Source, Error> parseSource(const std::string& text) {
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return permanent("the image source is not a URL");
  }
  const std::string scheme = part(url, CURLUPART_SCHEME, 0);
  if (!part(url, CURLUPART_USER, 0).empty() || !part(url, CURLUPART_PASSWORD, 0).empty()) {
    return permanent("the image source carries a user name or password");
  }
  if (scheme == "http" || scheme == "https") return HttpSource{text};
  if (scheme != "file") return permanent("the image source " + text + " is neither http, https nor file");
  return FileSource{part(url, CURLUPART_PATH, CURLU_URLDECODE)};
}

std::variant<disks::Descriptor, Error> openAllowed(const fs::path& path, const std::vector<fs::path>& allowed) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  disks::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return permanent("cannot open " + path.string() + ": " + std::generic_category().message(errno));
  // Asked of the open file and not of the path, which somebody may exchange meanwhile.
  std::error_code error;
  const fs::path real = fs::read_symlink("/proc/self/fd/" + std::to_string(file.get()), error);
  const bool permitted = !error && std::ranges::any_of(allowed, [&](const fs::path& directory) {
    const fs::path resolved = fs::canonical(directory, error);
    return !error && liesUnder(real, resolved);
  });
  if (!permitted) {
    return permanent("this host's policy does not allow images from " + path.string() +
                     " (allowed directories are set in the agent's own configuration)");
  }
  struct stat found {};
  if (::fstat(file.get(), &found) != 0 || !S_ISREG(found.st_mode)) {
    return permanent(path.string() + " is not a regular file");
  }
  return file;
}

}  // namespace berth::images
