// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL behind types that release themselves. A step that fails throws Failed, which ends in this file.
#include "controller/secrets/certificates.h"

#include <algorithm>
#include <array>
#include <climits>
#include <memory>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace berth::secrets {

namespace {

constexpr std::string_view kKeyBegins = "-----BEGIN PRIVATE KEY-----";
/// RFC 5280: a common name has at most 64 characters. Longer ones are left to the alternative names.
constexpr std::size_t kMostCommonName = 64;
/// RFC 5280 allows 20 octets; 16 random ones never come twice.
constexpr int kSerialBytes = 16;

struct Failed {
  std::string what;
};

template <auto release>
struct Release {
  template <class T>
  void operator()(T* pointer) const {
    release(pointer);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>>;
using GeneralNames = std::unique_ptr<GENERAL_NAMES, Release<GENERAL_NAMES_free>>;
using GeneralName = std::unique_ptr<GENERAL_NAME, Release<GENERAL_NAME_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BN_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

void check(bool isDone, const char* what) {
  if (!isDone) throw Failed{what};
}

template <class Pointer>
Pointer need(Pointer pointer, const char* what) {
  check(pointer != nullptr, what);
  return pointer;
}

/// In memory that is wiped when it is released.
Bio newBio() { return need(Bio(BIO_new(BIO_s_secmem())), "no memory"); }

Bio bioOf(std::string_view text) {
  check(text.size() <= INT_MAX, "a text that is too long");
  return need(Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))), "no memory");
}

std::string textOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast)
  check(size > 0, "PEM cannot be written");
  return {data, static_cast<std::size_t>(size)};
}

Certificate parseCertificate(std::string_view pem) {
  const Bio bio = bioOf(pem);
  return need(Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)), "it is no certificate in PEM");
}

/// Nobody is asked for a passphrase: a key that has one is none of ours.
int noPassphrase(char*, int, int, void*) { return 0; }

Key parseKey(std::string_view pem) {
  const Bio bio = bioOf(pem);
  return need(Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr)), "it is no private key in PEM");
}

Pair written(X509* certificate, EVP_PKEY* key) {
  const Bio first = newBio();
  check(PEM_write_bio_X509(first.get(), certificate) == 1, "a certificate cannot be written");
  const Bio second = newBio();
  check(PEM_write_bio_PKCS8PrivateKey(second.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "a private key cannot be written");
  return {textOf(first.get()), textOf(second.get())};
}

void setSerial(X509* certificate) {
  std::array<unsigned char, kSerialBytes> bytes{};
  check(RAND_bytes(bytes.data(), kSerialBytes) == 1, "no random numbers");
  bytes[0] &= 0x7F;
  const Number number = need(Number(BN_bin2bn(bytes.data(), kSerialBytes, nullptr)), "no memory");
  check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr, "no memory");
}

void setPeriod(X509* certificate, const Period& period) {
  check(ASN1_TIME_set(X509_getm_notBefore(certificate), period.fromMs / 1000) != nullptr, "a time out of range");
  check(ASN1_TIME_set(X509_getm_notAfter(certificate), period.untilMs / 1000) != nullptr, "a time out of range");
}

void setSubject(X509* certificate, const std::string& commonName) {
  if (commonName.empty() || commonName.size() > kMostCommonName) return;
  const auto* text = reinterpret_cast<const unsigned char*>(commonName.data());
  check(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8, text,
                                   static_cast<int>(commonName.size()), -1, 0) == 1,
        "a name that cannot be a subject");
}

void extend(X509* certificate, X509* issuer, int what, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension =
      need(Extension(X509V3_EXT_conf_nid(nullptr, &context, what, value)), "an extension cannot be made");
  check(X509_add_ext(certificate, extension.get(), -1) == 1, "an extension cannot be added");
}

void push(GENERAL_NAMES* names, GeneralName name) {
  check(sk_GENERAL_NAME_push(names, name.get()) > 0, "no memory");
  (void)name.release();
}

GeneralName nameOf(int type, void* value) {
  GeneralName name(GENERAL_NAME_new());
  check(name != nullptr && value != nullptr, "no memory");
  GENERAL_NAME_set0_value(name.get(), type, value);
  return name;
}

/// Made of values and not of a configuration text, in which a name could say more than a name.
void addNames(X509* certificate, const Names& names) {
  const GeneralNames all = need(GeneralNames(sk_GENERAL_NAME_new_null()), "no memory");
  for (const std::string& domain : names.domains) {
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    check(text != nullptr && ASN1_STRING_set(text, domain.data(), static_cast<int>(domain.size())) == 1, "no memory");
    push(all.get(), nameOf(GEN_DNS, text));
  }
  for (const std::string& address : names.addresses) {
    ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(address.c_str());
    if (bytes == nullptr) throw Failed{"\"" + address + "\" is no address"};
    push(all.get(), nameOf(GEN_IPADD, bytes));
  }
  check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT) == 1,
        "names cannot be added");
}

Certificate begin(EVP_PKEY* key, const std::string& commonName, const Period& period) {
  Certificate certificate = need(Certificate(X509_new()), "no memory");
  check(X509_set_version(certificate.get(), X509_VERSION_3) == 1, "no memory");
  setSerial(certificate.get());
  setPeriod(certificate.get(), period);
  setSubject(certificate.get(), commonName);
  check(X509_set_pubkey(certificate.get(), key) == 1, "no memory");
  return certificate;
}

Key newKey() { return need(Key(EVP_EC_gen("P-256")), "a key cannot be made"); }

std::int64_t millisecondsOf(const ASN1_TIME* time) {
  int days = 0;
  int seconds = 0;
  const std::unique_ptr<ASN1_TIME, Release<ASN1_TIME_free>> epoch(ASN1_TIME_set(nullptr, 0));
  check(epoch != nullptr && ASN1_TIME_diff(&days, &seconds, epoch.get(), time) == 1, "a time that cannot be read");
  return (std::int64_t{days} * 86'400 + seconds) * 1000;
}

std::string addressOf(const ASN1_OCTET_STRING* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  const bool isKnown = family == AF_INET || ASN1_STRING_length(bytes) == 16;
  check(isKnown && inet_ntop(family, ASN1_STRING_get0_data(bytes), text.data(), text.size()) != nullptr,
        "an address that cannot be read");
  return text.data();
}

Names namesOf(X509* certificate) {
  Names names;
  const GeneralNames all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(all.get(), i), &type);
    if (type == GEN_IPADD) names.addresses.push_back(addressOf(static_cast<const ASN1_OCTET_STRING*>(value)));
    if (type != GEN_DNS) continue;
    const auto* text = static_cast<const ASN1_IA5STRING*>(value);
    names.domains.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                               static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return names;
}

/// Does `work`; nothing where a step of it fails.
template <class Work>
auto attempted(Work work) -> std::optional<decltype(work())> {
  try {
    return work();
  } catch (const Failed&) {
    return std::nullopt;
  }
}

template <class Work>
Made made(Work work) {
  try {
    return work();
  } catch (const Failed& failed) {
    return failed.what;
  }
}

}  // namespace

std::string joined(const Pair& pair) { return pair.certificate + pair.key; }

std::optional<Pair> split(std::string_view text) {
  const std::size_t at = text.find(kKeyBegins);
  if (at == std::string_view::npos) return std::nullopt;
  Pair pair{std::string(text.substr(0, at)), std::string(text.substr(at))};
  const auto fits = attempted(
      [&] { return X509_check_private_key(parseCertificate(pair.certificate).get(), parseKey(pair.key).get()) == 1; });
  return fits.value_or(false) ? std::optional(std::move(pair)) : std::nullopt;
}

Made makeAuthority(const std::string& commonName, const Period& period) {
  return made([&] {
    const Key key = newKey();
    const Certificate certificate = begin(key.get(), commonName, period);
    X509* self = certificate.get();
    check(X509_set_issuer_name(self, X509_get_subject_name(self)) == 1, "no memory");
    extend(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(self, self, NID_subject_key_identifier, "hash");
    check(X509_sign(self, key.get(), EVP_sha256()) > 0, "a certificate cannot be signed");
    return written(self, key.get());
  });
}

Made makeCertificate(const Names& names, const Pair& authority, const Period& period) {
  return made([&] {
    const Certificate issuer = parseCertificate(authority.certificate);
    const Key issuerKey = parseKey(authority.key);
    const Key key = newKey();
    const Period within{period.fromMs, std::min(period.untilMs, millisecondsOf(X509_get0_notAfter(issuer.get())))};
    const Certificate certificate =
        begin(key.get(), names.domains.empty() ? std::string() : names.domains.front(), within);
    check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer.get())) == 1, "no memory");
    extend(certificate.get(), issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate.get(), issuer.get(), NID_key_usage, "critical,digitalSignature");
    extend(certificate.get(), issuer.get(), NID_ext_key_usage, "serverAuth,clientAuth");
    extend(certificate.get(), issuer.get(), NID_subject_key_identifier, "hash");
    extend(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
    addNames(certificate.get(), names);
    check(X509_sign(certificate.get(), issuerKey.get(), EVP_sha256()) > 0, "a certificate cannot be signed");
    return written(certificate.get(), key.get());
  });
}

std::optional<Reading> read(std::string_view pem) {
  return attempted([&] {
    const Certificate certificate = parseCertificate(pem);
    return Reading{namesOf(certificate.get()),
                   {millisecondsOf(X509_get0_notBefore(certificate.get())),
                    millisecondsOf(X509_get0_notAfter(certificate.get()))}};
  });
}

bool isSignedBy(std::string_view certificate, std::string_view authority) {
  return attempted([&] {
           const Certificate issuer = parseCertificate(authority);
           EVP_PKEY* key = need(X509_get0_pubkey(issuer.get()), "a certificate without a key");
           return X509_verify(parseCertificate(certificate).get(), key) == 1;
         })
      .value_or(false);
}

bool isAuthority(const Pair& pair) {
  return attempted([&] {
           const Certificate certificate = parseCertificate(pair.certificate);
           return X509_check_ca(certificate.get()) == 1 &&
                  X509_check_private_key(certificate.get(), parseKey(pair.key).get()) == 1;
         })
      .value_or(false);
}

}  // namespace berth::secrets
