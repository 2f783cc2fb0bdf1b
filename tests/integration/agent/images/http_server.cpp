// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/agent/images/http_server.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace berth::testing {
namespace {

constexpr int kLookAgainMs = 20;

/// Waits until something can be read. False when the test goes away.
bool waitFor(int fd, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    pollfd wait{fd, POLLIN, 0};
    if (::poll(&wait, 1, kLookAgainMs) > 0) return true;
  }
  return false;
}

HttpRequest parse(const std::string& text) {
  HttpRequest request;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto first = line.find(' ') + 1;
  request.path = line.substr(first, line.find(' ', first) - first);
  while (std::getline(lines, line) && line != "\r") {
    std::string name = line.substr(0, line.find(':'));
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto value = line.find_first_not_of(' ', line.find(':') + 1);
    request.headers[name] = line.substr(value, line.find('\r') - value);
  }
  return request;
}

}  // namespace

void HttpConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void HttpConnection::stall() const {
  std::array<char, 64> dropped{};
  while (waitFor(fd_, stop_) && ::recv(fd_, dropped.data(), dropped.size(), 0) > 0) {
  }
}

void HttpConnection::reset() const {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

HttpServer::HttpServer(Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this](const std::stop_token& stop) { accept(stop); });
}

HttpServer::~HttpServer() {
  acceptor_.request_stop();
  acceptor_.join();
  for (std::jthread& connection : connections_) connection.request_stop();
  connections_.clear();
  ::close(listener_);
}

std::string HttpServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<HttpRequest> HttpServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void HttpServer::accept(const std::stop_token& stop) {
  while (waitFor(listener_, stop)) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) connections_.emplace_back([this, fd](const std::stop_token& end) { serveOne(fd, end); });
  }
}

void HttpServer::serveOne(int fd, const std::stop_token& stop) {
  std::string text;
  std::array<char, 4096> piece{};
  while (text.find("\r\n\r\n") == std::string::npos && waitFor(fd, stop)) {
    const ssize_t count = ::recv(fd, piece.data(), piece.size(), 0);
    if (count <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  if (!text.empty()) {
    const HttpRequest request = parse(text);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    answer_(request, HttpConnection(fd, stop));
  }
  ::close(fd);
}

std::string HttpServer::response(const std::string& status, const std::vector<std::string>& headers,
                                 const std::string& body) {
  std::string text = "HTTP/1.1 " + status + "\r\nConnection: close\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  return text + "\r\n" + body;
}

void HttpServer::serve(const HttpRequest& request, const HttpConnection& connection, const std::string& content,
                       const std::string& etag) {
  const auto range = request.headers.find("range");
  const auto condition = request.headers.find("if-range");
  const bool same = condition == request.headers.end() || condition->second == etag;
  if (range == request.headers.end() || !same) {
    connection.send(
        response("200 OK", {"Content-Length: " + std::to_string(content.size()), "ETag: " + etag}, content));
    return;
  }
  const std::size_t start = std::stoul(range->second.substr(range->second.find('=') + 1));
  const std::string total = std::to_string(content.size());
  if (start >= content.size()) {
    connection.send(
        response("416 Range Not Satisfiable", {"Content-Range: bytes */" + total, "Content-Length: 0"}, ""));
    return;
  }
  connection.send(response(
      "206 Partial Content",
      {"Content-Length: " + std::to_string(content.size() - start), "ETag: " + etag,
       "Content-Range: bytes " + std::to_string(start) + "-" + std::to_string(content.size() - 1) + "/" + total},
      content.substr(start)));
}

}  // namespace berth::testing
