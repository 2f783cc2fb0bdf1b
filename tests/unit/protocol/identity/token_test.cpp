// SPDX-License-Identifier: Apache-2.0
#include "protocol/identity/token.h"

#include <gtest/gtest.h>

namespace berth::identity {
namespace {

using namespace std::chrono_literals;

class Token : public testing::Test {
protected:
  const HostName host = *HostName::parse("vh1");
  const PublicKey controller = KeyPair::generate().publicKey();
  const PublicKey agent = KeyPair::generate().publicKey();
  const std::vector<Endpoint> endpoints{*Endpoint::parse("tcp://10.77.0.1:7402"),
                                        *Endpoint::parse("tcp://[fd00::1]:7402")};
  const WallTime now{1'700'000'000s};
  const std::string nonce = drawNonce();
  const IssuedToken issued = issueToken(drawTokenSeed(), host, endpoints, controller, now, 15min);
  const JoinToken token = std::get<JoinToken>(parseToken(issued.text));

  static std::string whyNot(std::string_view text) { return std::get<TokenError>(parseToken(text)).message; }
};

TEST_F(Token, carriesAllThatAHostNeedsToJoin) {
  EXPECT_EQ(token.host, host);
  EXPECT_EQ(token.controller, controller);
  EXPECT_EQ(token.endpoints, endpoints);
  EXPECT_EQ(token.id, issued.stored.id);
  EXPECT_EQ(issued.stored.host, host);
  EXPECT_EQ(issued.stored.expires, now + 15min);
}

TEST_F(Token, isOneWordThatAShellLeavesAlone) {
  EXPECT_EQ(issued.text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"),
            std::string::npos)
      << issued.text;
  EXPECT_TRUE(std::holds_alternative<JoinToken>(parseToken("  " + issued.text + "\n")));
}

TEST_F(Token, letsItsHolderJoinAsTheHostItWasIssuedFor) {
  EXPECT_EQ(judge(issued.stored, host, agent, nonce, prove(token, agent, nonce), now + 14min), TokenVerdict::good);
}

TEST_F(Token, isRefusedOnceItHasExpired) {
  EXPECT_EQ(judge(issued.stored, host, agent, nonce, prove(token, agent, nonce), now + 15min), TokenVerdict::expired);
}

TEST_F(Token, isRefusedForAnotherHost) {
  EXPECT_EQ(judge(issued.stored, *HostName::parse("vh2"), agent, nonce, prove(token, agent, nonce), now),
            TokenVerdict::otherHost);
}

TEST_F(Token, provesNothingForAnotherKeyNonceIdOrSecret) {
  const auto proof = prove(token, agent, nonce);
  const auto other = KeyPair::generate().publicKey();
  EXPECT_EQ(judge(issued.stored, host, other, nonce, proof, now), TokenVerdict::wrongProof);
  EXPECT_EQ(judge(issued.stored, host, agent, drawNonce(), proof, now), TokenVerdict::wrongProof);
  auto stored = issued.stored;
  stored.id = "0123456789abcdef";
  EXPECT_EQ(judge(stored, host, agent, nonce, proof, now), TokenVerdict::wrongProof);
  const auto another = issueToken(drawTokenSeed(), host, endpoints, controller, now);
  EXPECT_EQ(judge(another.stored, host, agent, nonce, proof, now), TokenVerdict::wrongProof);
}

TEST_F(Token, isNotProvedByGarbageOfAnyLength) {
  for (std::size_t length : {0u, 1u, 63u, 64u, 65u, 4096u}) {
    EXPECT_EQ(judge(issued.stored, host, agent, nonce, std::string(length, 'x'), now), TokenVerdict::wrongProof);
  }
  auto proof = prove(token, agent, nonce);
  for (char& byte : proof) {
    byte = static_cast<char>(byte ^ 1);
    EXPECT_EQ(judge(issued.stored, host, agent, nonce, proof, now), TokenVerdict::wrongProof);
    byte = static_cast<char>(byte ^ 1);
  }
  EXPECT_EQ(judge(issued.stored, host, agent, "", prove(token, agent, ""), now), TokenVerdict::wrongProof);
}

TEST_F(Token, cannotBeMadeFromWhatIsStored) {
  // Who steals the store and takes the verifier for the secret proves nothing.
  JoinToken forged = token;
  forged.secret = issued.stored.verifier;
  EXPECT_EQ(judge(issued.stored, host, agent, nonce, prove(forged, agent, nonce), now), TokenVerdict::wrongProof);
}

TEST_F(Token, holdsItsLifeWithinBounds) {
  EXPECT_EQ(issueToken(drawTokenSeed(), host, endpoints, controller, now, 0s).stored.expires, now + 1s);
  EXPECT_EQ(issueToken(drawTokenSeed(), host, endpoints, controller, now, 1000h).stored.expires, now + kTokenMaxTtl);
}

TEST_F(Token, isTheSameForTheSameSeedAndAnotherForAnother) {
  const auto seed = drawTokenSeed();
  EXPECT_EQ(issueToken(seed, host, endpoints, controller, now).text,
            issueToken(seed, host, endpoints, controller, now).text);
  EXPECT_NE(issued.text, issueToken(seed, host, endpoints, controller, now).text);
}

TEST_F(Token, cutOrChangedAnywhereIsNoticedBeforeItIsSent) {
  for (std::size_t length = 0; length < issued.text.size(); ++length) {
    EXPECT_TRUE(std::holds_alternative<TokenError>(parseToken(issued.text.substr(0, length)))) << length;
  }
  for (std::size_t at = 0; at < issued.text.size(); ++at) {
    auto changed = issued.text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(std::holds_alternative<TokenError>(parseToken(changed))) << at;
  }
}

TEST_F(Token, saysWhatIsWrongAndNeverTheSecret) {
  EXPECT_EQ(whyNot(""), "the token is empty");
  EXPECT_EQ(whyNot(" \n"), "the token is empty");
  EXPECT_NE(whyNot("hello").find("begin with"), std::string::npos);
  EXPECT_NE(whyNot("berth2.a.b.c.d").find("version"), std::string::npos);
  EXPECT_NE(whyNot(issued.text.substr(0, 90)).find("copy it again"), std::string::npos);
  EXPECT_NE(whyNot(std::string(5000, 'b')).find("too long"), std::string::npos);
  const auto secret = issued.text.substr(24, 20);
  EXPECT_EQ(whyNot(issued.text + "x").find(secret), std::string::npos);
}

}  // namespace
}  // namespace berth::identity
