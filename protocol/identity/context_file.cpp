// SPDX-License-Identifier: Apache-2.0
//
// libyaml reads the text; the shape is small enough to walk by hand. Whatever is wrong is told with its line and
// without its content, which may be a key.
#include "protocol/identity/context_file.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>
#include <zmq.h>

namespace berth::identity {

namespace {

using Kind = ContextFileError::Kind;

/// Some thousand contexts; what is larger is not ours.
constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kSecretLength = 40;

ContextFileError failed(std::string_view doing, const std::filesystem::path& path, int error) {
  return {Kind::io, "cannot " + std::string(doing) + " " + path.string() + ": " + std::strerror(error)};
}

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int fd;
};

/// The file's text is wiped when it goes.
struct SecretText {
  SecretText() = default;
  ~SecretText() { sodium_memzero(text.data(), text.size()); }
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  std::string text;
};

std::optional<ContextFileError> readPrivately(const std::filesystem::path& path, std::string& into) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return ContextFileError{Kind::absent, "there is no context file " + path.string()};
    }
    return failed("open the context file", path, errno);
  }
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return failed("look at the context file", path, errno);
  if (!S_ISREG(status.st_mode)) return ContextFileError{Kind::malformed, path.string() + " is not a regular file"};
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return ContextFileError{Kind::exposed,
                            "the context file " + path.string() + " belongs to another user: refusing it"};
  }
  if ((status.st_mode & 0077) != 0) {
    return ContextFileError{Kind::exposed, "the context file " + path.string() +
                                               " is open to others and holds a secret key: run chmod 600 on it"};
  }
  std::array<char, 4096> piece{};
  into.reserve(std::min(static_cast<std::size_t>(status.st_size), kMaxBytes) + piece.size());
  while (true) {
    const ssize_t got = ::read(file.fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read the context file", path, errno);
    if (got == 0) break;
    into.append(piece.data(), static_cast<std::size_t>(got));
    if (into.size() > kMaxBytes) return ContextFileError{Kind::malformed, path.string() + " is too large"};
  }
  sodium_memzero(piece.data(), piece.size());
  return std::nullopt;
}

/// One YAML document, as libyaml has it.
class Document {
public:
  explicit Document(const std::string& text) {
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) return;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's bytes are unsigned.
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    loaded_ = yaml_parser_load(&parser, &document_) == 1;
    problemLine_ = parser.problem_mark.line + 1;
    yaml_parser_delete(&parser);
  }
  ~Document() {
    if (loaded_) yaml_document_delete(&document_);
  }
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  [[nodiscard]] bool loaded() const { return loaded_; }
  [[nodiscard]] std::size_t problemLine() const { return problemLine_; }
  [[nodiscard]] yaml_node_t* root() { return yaml_document_get_root_node(&document_); }
  [[nodiscard]] yaml_node_t* node(int index) { return yaml_document_get_node(&document_, index); }

private:
  yaml_document_t document_{};
  bool loaded_ = false;
  std::size_t problemLine_ = 0;
};

std::string_view textOf(const yaml_node_t& node) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): libyaml's bytes are unsigned.
  return {reinterpret_cast<const char*>(node.data.scalar.value), node.data.scalar.length};
}

class ContextReader {
public:
  ContextReader(Document& document, const std::filesystem::path& path) : document_(document), path_(path) {}

  std::variant<ContextFile, ContextFileError> read() {
    ContextFile file;
    if (document_.root() == nullptr) return file;
    each(*document_.root(), "a mapping", [&](std::string_view key, yaml_node_t& value) {
      if (key == "current") {
        file.current = scalar(value);
      } else if (key == "contexts") {
        each(value, "a mapping of names to contexts",
             [&](std::string_view name, yaml_node_t& context) { readContext(std::string(name), context, file); });
      } else {
        fail(value, "\"" + std::string(key) + "\" is not known here: current and contexts are");
      }
    });
    if (error_) return *error_;
    return file;
  }

private:
  void fail(const yaml_node_t& at, std::string_view what) {
    if (error_) return;
    error_ = ContextFileError{Kind::malformed,
                              path_.string() + ":" + std::to_string(at.start_mark.line + 1) + ": " + std::string(what)};
  }

  void each(yaml_node_t& node, std::string_view wanted,
            const std::function<void(std::string_view, yaml_node_t&)>& visit) {
    if (node.type != YAML_MAPPING_NODE) return fail(node, "this should be " + std::string(wanted));
    for (auto* pair = node.data.mapping.pairs.start; pair != node.data.mapping.pairs.top; ++pair) {
      yaml_node_t* key = document_.node(pair->key);
      yaml_node_t* value = document_.node(pair->value);
      if (key == nullptr || value == nullptr || key->type != YAML_SCALAR_NODE) return fail(node, "a key is no text");
      visit(textOf(*key), *value);
    }
  }

  std::string scalar(const yaml_node_t& node) {
    if (node.type == YAML_SCALAR_NODE) return std::string(textOf(node));
    fail(node, "this should be text");
    return {};
  }

  void readContext(const std::string& name, yaml_node_t& node, ContextFile& file) {
    std::optional<Endpoint> endpoint;
    std::optional<PublicKey> controller;
    std::optional<PublicKey> own;
    std::optional<KeyPair> pair;
    each(node, "a mapping", [&](std::string_view key, yaml_node_t& value) {
      if (key == "endpoint") {
        endpoint = Endpoint::parse(scalar(value));
        if (!endpoint || !endpoint->isConnectable()) fail(value, "this is no address such as tcp://192.0.2.1:7400");
      } else if (key == "controller_key") {
        controller = keyAt(value);
      } else if (key == "public_key") {
        own = keyAt(value);
      } else if (key == "secret_key") {
        pair = secretAt(value);
      } else {
        fail(value, "\"" + std::string(key) + "\" is not known in a context");
      }
    });
    if (error_) return;
    if (!endpoint || !controller || !pair) {
      return fail(node, "context \"" + name + "\" wants endpoint, controller_key and secret_key");
    }
    if (own && *own != pair->publicKey()) {
      return fail(node, "public_key and secret_key of context \"" + name + "\" do not belong together");
    }
    file.contexts.emplace(name, Context{*endpoint, *controller, std::move(*pair)});
  }

  std::optional<PublicKey> keyAt(const yaml_node_t& node) {
    auto key = PublicKey::parse(scalar(node));
    if (!key) fail(node, "this is no public key: 40 characters of Z85");
    return key;
  }

  std::optional<KeyPair> secretAt(const yaml_node_t& node) {
    SecretText text;
    text.text = scalar(node);
    KeyPair::Secret secret{};
    // zmq_z85_decode() refuses other characters, and writes four bytes for each five of them.
    if (text.text.size() != kSecretLength || std::strlen(text.text.c_str()) != kSecretLength ||
        zmq_z85_decode(secret.data(), text.text.c_str()) == nullptr) {
      fail(node, "this is no secret key: 40 characters of Z85");
      return std::nullopt;
    }
    KeyPair pair = KeyPair::fromSecret(secret);
    sodium_memzero(secret.data(), secret.size());
    return pair;
  }

  Document& document_;
  const std::filesystem::path& path_;
  std::optional<ContextFileError> error_;
};

/// As a YAML string in double quotes; Z85 has neither quotes nor backslashes, names may have anything.
std::string inQuotes(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') out += '\\';
    out += static_cast<unsigned char>(character) < 0x20 ? ' ' : character;
  }
  return out + "\"";
}

void appendSecret(std::string& out, const KeyPair& pair) {
  std::array<char, kSecretLength + 1> secret{};
  zmq_z85_encode(secret.data(), pair.secret().data(), pair.secret().size());
  out += "      secret_key: \"";
  out.append(secret.data(), kSecretLength);
  out += "\"\n";
  sodium_memzero(secret.data(), secret.size());
}

void appendFile(std::string& out, const ContextFile& file) {
  constexpr std::size_t kContextBytes = 512;
  // Reserved beforehand, so that growing leaves no copy of a secret behind.
  out.reserve(kContextBytes * (file.contexts.size() + 1));
  if (!file.current.empty()) out += "current: " + inQuotes(file.current) + "\n";
  out += file.contexts.empty() ? "contexts: {}\n" : "contexts:\n";
  for (const auto& [name, context] : file.contexts) {
    out += "  " + inQuotes(name) + ":\n";
    out += "      endpoint: " + inQuotes(context.endpoint.str()) + "\n";
    out += "      controller_key: " + inQuotes(context.controller.str()) + "\n";
    out += "      public_key: " + inQuotes(context.key.publicKey().str()) + "\n";
    appendSecret(out, context.key);
  }
}

bool writeAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::optional<ContextFileError> makeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::is_directory(directory, error)) return std::nullopt;
  if (auto failure = makeDirectory(directory.parent_path())) return failure;
  if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return std::nullopt;
  return failed("make the directory", directory, errno);
}

}  // namespace

const Context* ContextFile::find(std::string_view name) const {
  const auto found = contexts.find(name.empty() ? std::string_view(current) : name);
  return found == contexts.end() ? nullptr : &found->second;
}

std::filesystem::path defaultContextFile() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  // The XDG specification says to ignore a relative path.
  if (config != nullptr && config[0] == '/') return std::filesystem::path(config) / "berth/config.yaml";
  return std::filesystem::path(home != nullptr ? home : "/") / ".config/berth/config.yaml";
}

std::variant<ContextFile, ContextFileError> readContextFile(const std::filesystem::path& path) {
  SecretText read;
  if (auto error = readPrivately(path, read.text)) return *error;
  Document document(read.text);
  if (!document.loaded()) {
    return ContextFileError{Kind::malformed,
                            path.string() + ":" + std::to_string(document.problemLine()) + ": this is no YAML"};
  }
  return ContextReader(document, path).read();
}

std::optional<ContextFileError> writeContextFile(const std::filesystem::path& path, const ContextFile& file) {
  if (auto error = makeDirectory(path.parent_path())) return error;
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor beside(::mkostemp(temporary.data(), O_CLOEXEC));
  if (beside.fd < 0) return failed("create a file beside", path, errno);
  SecretText text;
  appendFile(text.text, file);
  const bool written = ::fchmod(beside.fd, 0600) == 0 && writeAll(beside.fd, text.text) && ::fsync(beside.fd) == 0;
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return std::nullopt;
  const int error = errno;
  ::unlink(temporary.c_str());
  return failed("write the context file", path, error);
}

}  // namespace berth::identity
