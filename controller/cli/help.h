// SPDX-License-Identifier: Apache-2.0
//
// How help looks: 80 columns, what one types on the left, what it does on the right, examples at the end.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace berth::cli {

/// "berth host token": the words that lead to a command.
[[nodiscard]] std::string pathOf(const CLI::App& app);

class HelpFormatter final : public CLI::Formatter {
public:
  HelpFormatter();
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_option_name(const CLI::Option* option, bool isPositional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_group(std::string group, bool isPositional, std::vector<const CLI::Option*> options) const override;
};

inline constexpr const char* kMainFooter =
    "Every command takes these options.\n"
    "Exit codes: 0 done; 1 error; 2 changes (only plan --detailed-exitcode);\n"
    "3 not in its usual form (only fmt --check).\n"
    "\n"
    "Try:\n"
    "  berth plan -f cluster.yaml     what would change, and why\n"
    "  berth apply -f cluster.yaml    roll it out\n"
    "  berth get nodes --watch        what is really there";

inline constexpr const char* kImportHarborFooter =
    "Writes cluster.yaml and base.bu, and says what is left to be seen to: what\n"
    "Harbor does not say (digests), and what is another way now. Nothing is ever\n"
    "overwritten.\n"
    "\n"
    "Try:\n"
    "  berth import harbor terraform.tfvars --cluster edge\n"
    "  berth validate -f cluster.yaml -v ssh_key=\"$(cat ~/.ssh/id_ed25519.pub)\" …\n";

inline constexpr const char* kExplainFooter =
    "Names that you chose yourself may be left out: pools.count.\n"
    "\n"
    "Try:\n"
    "  berth explain\n"
    "  berth explain pools.server.volumes\n"
    "  berth explain network --recursive";

inline constexpr const char* kSchemaFooter =
    "For editors with a YAML language server, as the first line of a spec:\n"
    "  # yaml-language-server: $schema=spec.schema.json\n"
    "\n"
    "Try:\n"
    "  berth schema > spec.schema.json";

inline constexpr const char* kFmtFooter =
    "Comments, order and meaning stay as they are. A file whose meaning would\n"
    "change is left alone, and told of.\n"
    "\n"
    "Exit codes: 0 done, or nothing to do; 1 error; 3 with --check, when a file\n"
    "is not in its usual form.";

inline constexpr const char* kRenderFooter =
    "An Ignition config may hold secrets: files are written with mode 0600.\n"
    "\n"
    "With --platform the configs are for machines that others make, as their user\n"
    "data; what these lack there, and what is yours to see to, is said. Known are\n"
    "aliyun, aws, azure, azurestack, digitalocean, exoscale, gcp, hetzner, hyperv,\n"
    "ibmcloud, kubevirt, metal, nutanix, openstack, oraclecloud, proxmoxve, qemu,\n"
    "virtualbox, vmware and vultr. Where a config is larger than the user data of a\n"
    "platform may be, --pointer writes short ones, NODE.user-data.ign, that have the\n"
    "machine fetch NODE.ign from below URL, and compare it.\n"
    "\n"
    "Try:\n"
    "  berth render -f cluster.yaml prod-server-0\n"
    "  berth render -f cluster.yaml -o configs/\n"
    "  berth render -f cluster.yaml --platform gcp -o configs/\n"
    "  berth render -f cluster.yaml --platform aws -o configs/ \\\n"
    "    --disk data=/dev/nvme1n1 --pointer https://configs.example.org/prod";

inline constexpr const char* kDiffFooter =
    "Files, units, users, disks are compared for what they do to a node, decoded.\n"
    "A file that not everybody may read (mode 0600, 0640 …) is secret: it is only\n"
    "said to have changed. Password hashes and keys are never shown.\n"
    "\n"
    "Exit codes, as of diff: 0 the same; 1 different; 2 trouble.\n"
    "\n"
    "Try:\n"
    "  berth diff old.bu new.bu\n"
    "  git show HEAD:server.bu | berth diff - server.bu\n"
    "  berth render -f cluster.yaml prod-server-0 | berth diff old.ign -";

inline constexpr const char* kPlanFooter =
    "Nothing is changed. A saved plan is carried out exactly as it was shown, or\n"
    "refused when the world has moved on since.\n"
    "\n"
    "A stream: image stays the one that the cluster has, as\n"
    "long as the declaration stays the same; --update-image takes the newest.\n"
    "\n"
    "Exit codes: 0 planned; 1 error; with --detailed-exitcode 0 when there is\n"
    "nothing to change and 2 when there is.\n"
    "\n"
    "Why a node is where it is: berth plan -f cluster.yaml --explain NODE";

inline constexpr const char* kApplyFooter =
    "Shows the plan, asks before nodes are replaced or destroyed, and follows the\n"
    "rollout until it ends. A saved plan was looked at already: nothing is asked.\n"
    "Ctrl-C stops following; the rollout goes on, and\n"
    "'berth rollout status --watch' shows it again.\n"
    "\n"
    "Exit codes: 0 all is as the spec says; 1 error, or the rollout failed.";

inline constexpr const char* kSimulateFooter =
    "Nothing is changed. Hosts are lost first, then pools grow, then more nodes are\n"
    "fitted in; the last lines say whether any one host may be lost afterwards.\n"
    "\n"
    "Try:\n"
    "  berth simulate --lose vh1\n"
    "  berth simulate --grow prod/client=20\n"
    "  berth simulate --fit prod/client --fit vcpus=2,memory=4GiB,disk=20GiB";

inline constexpr const char* kRebalanceFooter =
    "Moves can be planned and not yet be carried out. Offered is what serves\n"
    "spread, near or apart, or takes ten points of a hundred from a host that is\n"
    "fuller than another. Nodes with volumes, or put on a host by their spec, stay.\n"
    "Clusters with layout: { prefer: pack } are moved only with --cluster.";

inline constexpr const char* kRolloutFooter =
    "Try:\n"
    "  berth rollout status prod --watch\n"
    "  berth rollout pause prod\n"
    "  berth rollout undo prod";

inline constexpr const char* kUndoFooter =
    "What that revision says is rolled out as a new one, with the same waves and\n"
    "checks as any other. Its numbers: berth rollout history CLUSTER";

inline constexpr const char* kReplaceFooter =
    "Each gets a new machine with the same name, address and volumes; what was on\n"
    "its root disk is lost. Waves and health are those of the spec.";

inline constexpr const char* kRestartFooter =
    "Guests are asked to shut down and switched on again: machines, root disks and\n"
    "volumes stay. Waves and health are those of the spec.";

inline constexpr const char* kStopFooter =
    "They stay switched off, whatever happens, until: berth start NODE. A pool that\n"
    "lives by its majority is not brought below it, unless --force says so.";

inline constexpr const char* kDrainFooter =
    "The controller moves the nodes by itself, within the bounds of their clusters\n"
    "and of the fleet, and tries again what no other host has room for. Of nodes that\n"
    "have volumes on the host, 'skip' says that they stay, 'wait' that a person will\n"
    "move them, and 'move' that their volumes are copied after them while they are\n"
    "off. The host takes no new nodes until 'berth uncordon', which also ends a\n"
    "drain; one that a failed rollout has halted goes on after one more\n"
    "'berth drain'.";

inline constexpr const char* kHostRemoveFooter = "A host that has nodes is emptied first, as 'berth drain' does.";

inline constexpr const char* kVolumeFooter = "A volume is named NODE/VOLUME, a snapshot of it NODE/VOLUME@SNAPSHOT.";

inline constexpr const char* kVolumeSnapshotFooter =
    "A complete copy, as the volume is at one point in time, whether its node runs or\n"
    "not; filesystems are at rest for that moment where the guest has QEMU's agent.\n"
    "It lies on the same host, may grow to the size of the volume, and goes only by\n"
    "'berth volume delete': it is no backup.";

inline constexpr const char* kVolumeRestoreFooter =
    "What the volume holds now is lost, so its name has to be typed once more, or\n"
    "given to --confirm: NODE/VOLUME. Its node must be stopped, or gone.\n"
    "\n"
    "Try:\n"
    "  berth stop prod-server-0\n"
    "  berth volume restore prod-server-0/data@before-upgrade\n"
    "  berth start prod-server-0";

inline constexpr const char* kVolumeDeleteFooter =
    "The only command that deletes a volume, or a snapshot of one: NODE/VOLUME@NAME.\n"
    "There is no way back, so each name has to be typed once more, or given to\n"
    "--confirm: a 'yes' is too easily said. All that are named are deleted, or none.\n"
    "\n"
    "A volume is not deleted as long as a node has it, a rollout of its cluster is\n"
    "under way, the spec in force declares it, or it has snapshots that are not\n"
    "named as well. Nor is what was left behind when its node moved, before the node\n"
    "has been ready with the copy. A host that is away deletes when it is back.\n"
    "\n"
    "Try:\n"
    "  berth volume list\n"
    "  berth volume delete prod-server-0/data\n"
    "  berth volume delete prod-server-0/data --confirm prod-server-0/data";

inline constexpr const char* kSecretFooter =
    "The controller makes what a cluster needs (keys, tokens, an authority and the\n"
    "certificates of its nodes) and keeps it encrypted. What it cannot make, such as\n"
    "the password of a database, is set by a person; Butane files have it as\n"
    "${{ secret(\"db/password\") }}. Nothing but 'get' ever shows a value.\n"
    "\n"
    "Roles: a viewer lists, an operator sets and rotates, an admin reads.\n"
    "\n"
    "Try:\n"
    "  berth secret list prod\n"
    "  berth secret set prod db/password < password.txt\n"
    "  berth secret get prod consul/token/management";

inline constexpr const char* kSecretGetFooter =
    "For admins alone, and recorded as an event. Certificates and authorities are\n"
    "printed with their private keys.";

inline constexpr const char* kSecretSetFooter =
    "The value comes from standard input, where one line end behind it is dropped,\n"
    "or from a file, which is taken as it is. It is in force with the next apply,\n"
    "which makes those nodes anew that have it. A secret that the controller would\n"
    "make itself may be set before the first apply: then it is yours.\n"
    "\n"
    "Try:\n"
    "  pwgen 32 1 | berth secret set prod db/password\n"
    "  berth secret set prod db/certificate --file db.pem";

inline constexpr const char* kSecretRotateFooter =
    "Nothing happens before the next apply; that makes nodes anew, one after the\n"
    "other, and while it does old and new values are in use side by side. So nodes\n"
    "that were made already do not talk to those with the old gossip key, nor trust\n"
    "certificates of the old authority, until it is done: expect an interruption.\n"
    "Certificates of nodes are no such case, and are renewed without being asked.";

inline constexpr const char* kStackStatusFooter =
    "Each node says itself how its own are, every few seconds; nobody else is\n"
    "asked. What a person should look at stands below the table.\n"
    "\n"
    "Try:\n"
    "  berth stack status prod\n"
    "  berth stack status prod -o wide";

inline constexpr const char* kStackEnvFooter =
    "For consul, nomad, vault and bao: the address of a server that is ready, and\n"
    "whom to trust; only for tools that the cluster's stack has. The certificate of\n"
    "its authority is written to FILE, or to berth/CLUSTER-DIGEST.pem below\n"
    "$XDG_STATE_HOME (~/.local/state). Tokens are secrets: for admins alone, and\n"
    "each that is printed is recorded as an event.\n"
    "\n"
    "Try:\n"
    "  eval \"$(berth stack env prod --tokens)\"\n"
    "  consul members";

inline constexpr const char* kLockFooter =
    "With os_updates: { strategy: fleet_lock } nodes ask before they reboot into a\n"
    "new release of Fedora CoreOS. Who may is decided like the steps of rollouts; a\n"
    "node that may counts as down until it is well again. Its lock ends by itself;\n"
    "release it by hand when a node is up, and will not reboot any more.\n"
    "\n"
    "Try:\n"
    "  berth get locks\n"
    "  berth lock release prod-client-3";

inline constexpr const char* kGetFooter =
    "Try:\n"
    "  berth get nodes --watch\n"
    "  berth get volumes prod-server-0\n"
    "  berth get hosts -o json";

inline constexpr const char* kTokenFooter =
    "On the host, give it to the agent, which reads it from standard input:\n"
    "  berth-agent join -\n"
    "\n"
    "It is good for one host, once. Whoever has it can join under that name.";

inline constexpr const char* kUserAddFooter =
    "The key pair is made here; only the public half is sent. Hand the file to the\n"
    "user over a private channel: it is all they need.\n"
    "  berth --config FILE get nodes\n"
    "\n"
    "Roles: a viewer looks; an operator also applies and destroys; an admin also\n"
    "manages hosts and users, and reads secrets.";

inline constexpr const char* kCompletionFooter =
    "Try:\n"
    "  source <(berth completion bash)\n"
    "  berth completion fish > ~/.config/fish/completions/berth.fish";

}  // namespace berth::cli
