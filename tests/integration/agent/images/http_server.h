// SPDX-License-Identifier: Apache-2.0
//
// A web server that misbehaves as told. It listens on a port of its own on 127.0.0.1; each connection carries one
// request, which the test's own function answers byte by byte.
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace berth::testing {

struct HttpRequest {
  std::string path;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

class HttpConnection {
public:
  explicit HttpConnection(int fd, const std::stop_token& stop) : fd_(fd), stop_(stop) {}

  void send(std::string_view bytes) const;
  /// Says nothing more until the client or the test goes away.
  void stall() const;
  /// Ends with a TCP reset instead of an orderly close.
  void reset() const;

private:
  int fd_;
  std::stop_token stop_;
};

class HttpServer {
public:
  using Answer = std::function<void(const HttpRequest&, const HttpConnection&)>;

  explicit HttpServer(Answer answer);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] std::vector<HttpRequest> requests() const;

  /// Serves `content` as a good server does: Range, If-Range with `etag`, 416.
  static void serve(const HttpRequest& request, const HttpConnection& connection, const std::string& content,
                    const std::string& etag);
  static std::string response(const std::string& status, const std::vector<std::string>& headers,
                              const std::string& body);

private:
  void accept(const std::stop_token& stop);
  void serveOne(int fd, const std::stop_token& stop);

  Answer answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::list<std::jthread> connections_;
  std::jthread acceptor_;
};

}  // namespace berth::testing
