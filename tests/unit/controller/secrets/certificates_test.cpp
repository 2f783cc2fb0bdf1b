// SPDX-License-Identifier: Apache-2.0
//
// What OpenSSL itself says of the certificates, as a server or client with it would.
#include "controller/secrets/certificates.h"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace berth::secrets {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr std::int64_t kNow = 1'764'000'000 * kSecond;
constexpr Period kTenYears{kNow, kNow + 3650 * kDay};
constexpr Period kYear{kNow, kNow + 365 * kDay};
const Names kNames{{"prod-server-0", "server.dc1.consul", "localhost"}, {"10.20.0.11", "127.0.0.1"}};

Pair authority() { return std::get<Pair>(makeAuthority("Berth cluster prod", kTenYears)); }
Pair leaf(const Pair& of, const Names& names = kNames, const Period& period = kYear) {
  return std::get<Pair>(makeCertificate(names, of, period));
}

using X509Ptr = std::unique_ptr<X509, decltype(&X509_free)>;
X509Ptr parsed(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509Ptr certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), X509_free);
  BIO_free(bio);
  return certificate;
}

/// X509_V_OK, or why the chain does not hold for this purpose at that time.
int verified(const std::string& certificate, const std::string& root, int purpose, std::int64_t atMs) {
  const auto leafCertificate = parsed(certificate);
  const auto rootCertificate = parsed(root);
  std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(), X509_STORE_free);
  X509_STORE_add_cert(store.get(), rootCertificate.get());
  std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(X509_STORE_CTX_new(), X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leafCertificate.get(), nullptr);
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, atMs / kSecond);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

TEST(Certificates, HoldForServersAndClients) {
  const Pair root = authority();
  const Pair pair = leaf(root);
  EXPECT_EQ(verified(pair.certificate, root.certificate, X509_PURPOSE_SSL_SERVER, kNow + kDay), X509_V_OK);
  EXPECT_EQ(verified(pair.certificate, root.certificate, X509_PURPOSE_SSL_CLIENT, kNow + kDay), X509_V_OK);
}

TEST(Certificates, HoldOnlyInTheirTimeAndUnderTheirAuthority) {
  const Pair root = authority();
  const Pair pair = leaf(root);
  EXPECT_EQ(verified(pair.certificate, root.certificate, X509_PURPOSE_SSL_SERVER, kNow + 366 * kDay),
            X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(verified(pair.certificate, root.certificate, X509_PURPOSE_SSL_SERVER, kNow - kDay),
            X509_V_ERR_CERT_NOT_YET_VALID);
  EXPECT_NE(verified(pair.certificate, authority().certificate, X509_PURPOSE_SSL_SERVER, kNow + kDay), X509_V_OK);
  EXPECT_TRUE(isSignedBy(pair.certificate, root.certificate));
  // Another one of the very same name.
  EXPECT_FALSE(isSignedBy(pair.certificate, authority().certificate));
}

TEST(Certificates, AreForTheNamesThatWereAskedForAndNoOthers) {
  const Pair pair = leaf(authority());
  const auto certificate = parsed(pair.certificate);
  const auto isFor = [&](const char* host) { return X509_check_host(certificate.get(), host, 0, 0, nullptr) == 1; };
  EXPECT_TRUE(isFor("prod-server-0"));
  EXPECT_TRUE(isFor("server.dc1.consul"));
  EXPECT_FALSE(isFor("prod-server-1"));
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "10.20.0.11", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "10.20.0.12", 0), 0);
}

TEST(Certificates, AreReadAsTheyWereMade) {
  const auto reading = read(leaf(authority()).certificate);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->names, kNames);
  EXPECT_EQ(reading->period, kYear);
}

TEST(Certificates, KnowIpv6) {
  const Names names{{"a"}, {"::1", "fd00::11"}};
  EXPECT_EQ(read(leaf(authority(), names).certificate)->names, names);
}

TEST(Certificates, EndNoLaterThanTheirAuthority) {
  const Pair root = authority();
  const auto reading = read(leaf(root, kNames, {kNow, kNow + 9000 * kDay}).certificate);
  EXPECT_EQ(reading->period.untilMs, kTenYears.untilMs);
}

TEST(Certificates, CannotSignOthers) {
  const Pair root = authority();
  const Pair pair = leaf(root);
  EXPECT_TRUE(isAuthority(root));
  EXPECT_FALSE(isAuthority(pair));
  EXPECT_EQ(X509_check_ca(parsed(pair.certificate).get()), 0);
  EXPECT_EQ(X509_get_pathlen(parsed(root.certificate).get()), 0);
}

TEST(Certificates, OfALongNameHaveItAmongTheirNames) {
  const std::string longName = std::string(60, 'a') + "." + std::string(60, 'b');
  const Pair root = authority();
  const Pair pair = leaf(root, {{longName}, {}});
  EXPECT_EQ(read(pair.certificate)->names.domains, std::vector{longName});
}

TEST(Certificates, AreNotMadeForWhatIsNoAddress) {
  const auto made = makeCertificate({{"a"}, {"10.20.0"}}, authority(), kYear);
  ASSERT_TRUE(std::holds_alternative<std::string>(made));
  EXPECT_EQ(std::get<std::string>(made), "\"10.20.0\" is no address");
}

TEST(Certificates, AreNotMadeByWhatIsNoAuthority) {
  EXPECT_TRUE(std::holds_alternative<std::string>(makeCertificate(kNames, {"nothing", "nothing"}, kYear)));
}

TEST(Pairs, AreOneTextAndTwoAgain) {
  const Pair pair = leaf(authority());
  const auto again = split(joined(pair));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->certificate, pair.certificate);
  EXPECT_EQ(again->key, pair.key);
}

TEST(Pairs, BelongTogether) {
  const Pair root = authority();
  EXPECT_FALSE(split(leaf(root).certificate + leaf(root).key));
  EXPECT_FALSE(split(root.certificate));
  EXPECT_FALSE(split("text"));
}

}  // namespace
}  // namespace berth::secrets
