// SPDX-License-Identifier: Apache-2.0
//
// One Transfer is one attempt. libcurl hands its callbacks the headers and the body; what to do with the body is
// decided at its first byte, when the status and all headers are known: go on, begin anew, or drop it.
#include "agent/images/download.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/disks/file.h"
#include "agent/images/http_headers.h"

namespace berth::images {
namespace {

namespace fs = std::filesystem;
using Milliseconds = std::chrono::milliseconds;

constexpr long kOk = 200;
constexpr long kPartialContent = 206;
constexpr long kRangeNotSatisfiable = 416;
/// How often a watcher wants to hear.
constexpr Milliseconds kProgressEvery{500};
constexpr std::size_t kHashPiece = 1u << 20;

struct EasyCloser {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyCloser>;
struct ListCloser {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListCloser>;

fs::path validatorFile(const fs::path& file) {
  fs::path path = file;
  return path += ".etag";
}

std::string readValidator(const fs::path& file) {
  std::string etag;
  std::getline(std::ifstream(validatorFile(file)), etag);
  return etag;
}

class Transfer {
public:
  Transfer(const std::string& url, fs::path file, const DownloadLimits& limits,
           const std::function<void(Progress)>& progress, const std::stop_token& stop)
      : url_(url), file_(std::move(file)), limits_(limits), progress_(progress), stop_(stop) {}

  /// Digests what is there from before.
  [[nodiscard]] std::optional<Error> open() {
    fd_ = disks::Descriptor(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd_) return diskError(errno);
    std::vector<std::uint8_t> piece(kHashPiece);
    while (true) {
      const ssize_t count = ::read(fd_.get(), piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return diskError(errno);
      if (count == 0) break;
      digester_.update({piece.data(), static_cast<std::size_t>(count)});
      have_ += static_cast<std::uint64_t>(count);
    }
    resumed_ = have_ > 0;
    return std::nullopt;
  }

  /// One attempt. Empty when the file is complete.
  [[nodiscard]] std::optional<Error> attempt() {
    const Easy easy(curl_easy_init());
    if (!easy) return temporary("out of memory");
    headers_ = {};
    judged_ = false;
    refusal_.reset();
    askedFrom_ = have_;
    const List extra = prepare(easy.get());
    const CURLcode code = curl_easy_perform(easy.get());
    return judge(easy.get(), code);
  }

  [[nodiscard]] std::uint64_t have() const { return have_; }
  /// The disk is full or broken: the next attempt would fail too.
  [[nodiscard]] bool diskFailed() const { return diskFailed_; }
  [[nodiscard]] Downloaded finish() { return {digester_.finish(), resumed_}; }

private:
  [[nodiscard]] Error temporary(const std::string& reason) const {
    return {Error::Kind::temporary, "cannot download " + url_ + ": " + reason};
  }
  [[nodiscard]] Error permanent(const std::string& reason) const {
    return {Error::Kind::permanent, "cannot download " + url_ + ": " + reason};
  }
  [[nodiscard]] Error diskError(int number) {
    diskFailed_ = true;
    return {Error::Kind::temporary, "cannot write " + file_.string() + ": " + std::generic_category().message(number)};
  }

  [[nodiscard]] List prepare(CURL* easy) {
    curl_easy_setopt(easy, CURLOPT_URL, url_.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, limits_.redirects);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(limits_.connect.count()));
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits_.stall.count()));
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "berth-agent/" BERTH_VERSION);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Transfer::onHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Transfer::onBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, &Transfer::onProgress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, this);
    easy_ = easy;
    if (have_ == 0) return nullptr;
    // CURLOPT_RANGE and not CURLOPT_RESUME_FROM: that one fails when the server answers with the whole file.
    const std::string range = std::to_string(have_) + "-";
    curl_easy_setopt(easy, CURLOPT_RANGE, range.c_str());
    const std::string etag = readValidator(file_);
    // A weak validator ("W/…") says nothing about bytes (RFC 9110, section 13.1.5); without one the digest decides.
    if (etag.empty() || etag.starts_with("W/")) return nullptr;
    List extra(curl_slist_append(nullptr, ("If-Range: " + etag).c_str()));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, extra.get());
    return extra;
  }

  static std::size_t onHeader(char* data, std::size_t, std::size_t size, void* self) {
    static_cast<Transfer*>(self)->headers_.read({data, size});
    return size;
  }

  static std::size_t onBody(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (!transfer.judged_) transfer.refusal_ = transfer.begin();
    transfer.judged_ = true;
    if (!transfer.refusal_) transfer.refusal_ = transfer.take({reinterpret_cast<const std::uint8_t*>(data), size});
    return transfer.refusal_ ? CURL_WRITEFUNC_ERROR : size;
  }

  static int onProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    if (transfer.stop_.stop_requested()) return 1;
    const auto now = std::chrono::steady_clock::now();
    if (transfer.progress_ && now - transfer.told_ >= kProgressEvery) {
      transfer.told_ = now;
      transfer.progress_({transfer.have_, transfer.expected()});
    }
    return 0;
  }

  [[nodiscard]] std::uint64_t expected() const {
    if (headers_.rangeTotal) return *headers_.rangeTotal;
    return judged_ && headers_.length ? askedFrom_ + *headers_.length : 0;
  }

  /// At the first byte of a body: is it the rest, or the whole again?
  [[nodiscard]] std::optional<Error> begin() {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    if (status == kPartialContent) {
      if (headers_.rangeStart != have_) return temporary("the server sent another range than it was asked for");
      resumed_ = true;
    } else if (status == kOk) {
      if (auto failed = startAnew()) return failed;
    } else {
      return temporary("unexpected status " + std::to_string(status));
    }
    const std::uint64_t rest = headers_.length.value_or(0);
    if (rest > limits_.bytes || have_ + rest > limits_.bytes) return tooLarge();
    struct statvfs disk {};
    if (::fstatvfs(fd_.get(), &disk) == 0 && rest > disk.f_bavail * disk.f_frsize) {
      diskFailed_ = true;
      return temporary("it needs " + std::to_string(rest >> 20) + " MiB, and only " +
                       std::to_string(disk.f_bavail * disk.f_frsize >> 20) + " MiB are free for " + file_.string());
    }
    std::ofstream(validatorFile(file_), std::ios::trunc) << headers_.etag << '\n';
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Error> startAnew() {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) return diskError(errno);
    (void)digester_.finish();
    have_ = 0;
    askedFrom_ = 0;
    resumed_ = false;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Error> take(std::span<const std::uint8_t> piece) {
    if (have_ + piece.size() > limits_.bytes) return tooLarge();
    if (const int error = disks::writeAll(fd_.get(), piece); error != 0) {
      // What was written of this piece is not in the digest: it must not be there when we go on.
      if (::ftruncate(fd_.get(), static_cast<off_t>(have_)) != 0) forget(file_);
      return diskError(error);
    }
    digester_.update(piece);
    have_ += piece.size();
    return std::nullopt;
  }

  [[nodiscard]] Error tooLarge() const { return permanent("it is larger than " + Bytes(limits_.bytes).str()); }

  [[nodiscard]] std::optional<Error> judge(CURL* easy, CURLcode code) {
    if (refusal_) return refusal_;
    if (code == CURLE_ABORTED_BY_CALLBACK) return temporary("cancelled");
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_HTTP_RETURNED_ERROR) return judgeStatus(status);
    if (code == CURLE_TOO_MANY_REDIRECTS)
      return permanent("more than " + std::to_string(limits_.redirects) + " redirects");
    if (code == CURLE_UNSUPPORTED_PROTOCOL) return permanent("it redirects to something that is not http or https");
    if (code == CURLE_OPERATION_TIMEDOUT) return temporary("nothing came for too long");
    if (code != CURLE_OK) return temporary(curl_easy_strerror(code));
    if (!judged_ && have_ > 0 && status == kOk) return startAnew();  // the whole file, and it is empty
    return std::nullopt;
  }

  [[nodiscard]] std::optional<Error> judgeStatus(long status) {
    if (status == kRangeNotSatisfiable && have_ > 0) {
      if (headers_.rangeTotal == have_) return std::nullopt;  // all of it was there already
      if (auto failed = startAnew()) return failed;
      return temporary("the server's file has become shorter");
    }
    const std::string reason = "the server answers with status " + std::to_string(status);
    // 408, 425 and 429 ask for patience; every other 4xx says that asking again is of no use.
    const bool patience = status == 408 || status == 425 || status == 429 || status >= 500;
    return patience ? temporary(reason) : permanent(reason);
  }

  const std::string& url_;
  fs::path file_;
  const DownloadLimits& limits_;
  const std::function<void(Progress)>& progress_;
  const std::stop_token& stop_;
  disks::Descriptor fd_;
  Digester digester_;
  std::uint64_t have_ = 0;
  bool resumed_ = false;
  bool diskFailed_ = false;
  // Of the present attempt.
  CURL* easy_ = nullptr;
  HttpHeaders headers_;
  std::uint64_t askedFrom_ = 0;
  bool judged_ = false;
  std::optional<Error> refusal_;
  std::chrono::steady_clock::time_point told_{};
};

void pauseFor(Milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

std::variant<Downloaded, Error> download(const std::string& url, const fs::path& file, const DownloadLimits& limits,
                                         const std::function<void(Progress)>& progress, const std::stop_token& stop) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialised != CURLE_OK) return Error{Error::Kind::permanent, "libcurl does not start"};
  Transfer transfer(url, file, limits, progress, stop);
  if (auto failed = transfer.open()) return *failed;
  for (int fruitless = 0;;) {
    const std::uint64_t before = transfer.have();
    const auto failed = transfer.attempt();
    if (!failed) return transfer.finish();
    if (transfer.diskFailed()) forget(file);  // guests need the space more than we need these bytes
    if (failed->kind == Error::Kind::permanent || transfer.diskFailed() || stop.stop_requested()) return *failed;
    fruitless = transfer.have() > before ? 0 : fruitless + 1;
    if (fruitless >= limits.fruitless) return *failed;
    pauseFor(limits.pause * (1 << std::min(fruitless, 3)), stop);
  }
}

void forget(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
  fs::remove(validatorFile(file), ignored);
}

}  // namespace berth::images
