// SPDX-License-Identifier: Apache-2.0
//
// How large a message and each thing in it may be. A limit on everything: without one, a single peer could make us
// allocate without bound. decode() refuses what is larger; encode() cuts texts that are only read by people, so that
// a long reason never makes a whole report be refused. Who sends lists or files keeps within the rest.
#pragma once

#include <cstddef>
#include <cstdint>

namespace berth::message {

/// No message between controller and agents or operators is larger: the files of one cluster spec fit, an image does
/// not (images never travel in messages).
inline constexpr std::size_t kMaxMessageBytes = 8u << 20;
/// What a peer that is not yet admitted may send at most.
inline constexpr std::size_t kMaxJoinBytes = 16u << 10;

/// No message between two agents is larger: a piece of a volume, and what is around it.
inline constexpr std::size_t kMaxPeerBytes = 2u << 20;

// Texts, in bytes.

/// Identifiers of others, label keys and values, addresses, versions, zones.
inline constexpr std::size_t kMaxWord = 255;
/// Paths and URLs.
inline constexpr std::size_t kMaxPath = 4096;
/// A sentence for people; encode() cuts what is longer.
inline constexpr std::size_t kMaxProse = 4096;
/// The last lines of a console in a status; encode() keeps the end of what is longer.
inline constexpr std::size_t kMaxConsoleTail = 16u << 10;
/// One answer to ReadConsole.
inline constexpr std::size_t kMaxConsoleChunk = 1u << 20;
/// One node's Ignition config. QEMU's fw_cfg takes more, but a dozen of them must fit into one message.
inline constexpr std::size_t kMaxIgnition = 2u << 20;
/// What a token carries as nonce and proof, each.
inline constexpr std::size_t kMaxProof = 128;

/// The diff of one file or unit in a plan; encode() cuts what is longer.
inline constexpr std::size_t kMaxDiff = 64u << 10;
/// A ticket for a plan: it holds the whole submission.
inline constexpr std::size_t kMaxTicket = kMaxMessageBytes;
/// The reasons of all changes of a plan together. On the wire a change says that its reasons are those of the one
/// before it, so a small message could otherwise take any amount of memory.
inline constexpr std::size_t kMaxReasonBytes = 64u << 20;

/// What one agent reads of another's volume at a time: large enough to fill a link, small enough that a few of them
/// wait in memory.
inline constexpr std::size_t kMaxPiece = 1u << 20;
/// What one digest of a moving volume is of: a hundredth of a second to compute.
inline constexpr std::size_t kMaxCheck = 16u << 20;
/// The file of a volume that moves; beyond that somebody's numbers are wrong.
inline constexpr std::uint64_t kMaxVolumeFile = std::uint64_t{1} << 50;

/// The value of a secret: many of them have to fit into one Ignition config.
inline constexpr std::size_t kMaxSecret = 64u << 10;

/// Tools of one stack.
inline constexpr std::size_t kMaxStackTools = 16;

/// The name of an artifact, and where it can be had.
inline constexpr std::size_t kMaxArtifactName = 64;
inline constexpr std::size_t kMaxArtifactUrl = 2000;

// Lists.

/// Instances of one host: manifest entries, tombstones, statuses, missing specs.
inline constexpr std::size_t kMaxInstances = 4096;
/// Events that an agent sends at once; it keeps the others for later.
inline constexpr std::size_t kMaxHostEvents = 1024;
inline constexpr std::size_t kMaxLabels = 256;
inline constexpr std::size_t kMaxNics = 16;
/// Volumes of one host, those of nodes that are gone included.
inline constexpr std::size_t kMaxHostVolumes = 16384;
/// Snapshots of one volume.
inline constexpr std::size_t kMaxSnapshots = 256;
/// Volumes of one node: with the root disk they are vda to vdq.
inline constexpr std::size_t kMaxVolumes = 16;
inline constexpr std::size_t kMaxProbes = 64;
/// Artifacts of one node.
inline constexpr std::size_t kMaxArtifacts = 16;
/// Addresses, failed units, conditions and reasons of one thing, each.
inline constexpr std::size_t kMaxDetails = 256;
/// Hosts, pools and shapes that one question about the layout may name, each; volumes that one order may delete.
inline constexpr std::size_t kMaxQuestions = 1000;
/// Files of one submission.
inline constexpr std::size_t kMaxFiles = 8192;
/// Variables of one submission, and the value of one.
inline constexpr std::size_t kMaxVariables = 500;
inline constexpr std::size_t kMaxVariable = 256u << 10;
/// Rows of one reply: hosts, nodes, clusters, changes, events, …
inline constexpr std::size_t kMaxRows = 100'000;

}  // namespace berth::message
