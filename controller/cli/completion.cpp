// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/completion.h"

#include <array>
#include <functional>
#include <ostream>
#include <string_view>

#include "controller/cli/commands.h"

namespace berth::cli {

namespace {

/// Commands whose argument is the name of something, and the command that lists the names.
struct Names {
  std::string_view command;
  std::string_view listedBy;
};
constexpr std::array kNames = {Names{"get hosts", "get hosts"},
                               Names{"get nodes", "get nodes"},
                               Names{"get volumes", "get volumes"},
                               Names{"get clusters", "get clusters"},
                               Names{"get rollouts", "get rollouts"},
                               Names{"describe host", "get hosts"},
                               Names{"describe node", "get nodes"},
                               Names{"describe cluster", "get clusters"},
                               Names{"describe rollout", "get rollouts"},
                               Names{"rollout status", "get clusters"},
                               Names{"logs", "get nodes"},
                               Names{"destroy", "get clusters"},
                               Names{"host remove", "get hosts"},
                               Names{"host list", "get hosts"},
                               Names{"get locks", "get locks"},
                               Names{"lock list", "get locks"},
                               Names{"lock release", "get locks"},
                               Names{"volume list", "get volumes"},
                               Names{"volume delete", "get volumes"},
                               Names{"volume snapshot", "get volumes"},
                               Names{"volume snapshots", "get volumes"},
                               Names{"volume restore", "volume snapshots"},
                               Names{"user remove", "user list"},
                               Names{"secret list", "get clusters"},
                               Names{"secret get", "get clusters"},
                               Names{"secret set", "get clusters"},
                               Names{"secret rotate", "get clusters"},
                               Names{"secret delete", "get clusters"},
                               Names{"stack env", "get clusters"},
                               Names{"stack status", "get clusters"}};

std::string_view listedBy(std::string_view path) {
  for (const Names& names : kNames) {
    if (names.command == path) return names.listedBy;
  }
  return {};
}

/// Commands whose arguments are files.
bool readsFiles(std::string_view path) { return path == "diff" || path == "butane" || path == "ignition validate"; }

/// Every command with its words from the program down, the program itself as "".
void each(const CommandNode& node, const std::string& path,
          const std::function<void(const CommandNode&, const std::string&)>& visit) {
  visit(node, path);
  for (const CommandNode& below : node.commands) {
    each(below, path.empty() ? below.name : path + " " + below.name, visit);
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string wordsAfter(const CommandNode& node, const CommandNode& root) {
  std::vector<std::string> words;
  for (const CommandNode& below : node.commands) words.push_back(below.name);
  words.insert(words.end(), node.options.begin(), node.options.end());
  if (&node != &root) words.insert(words.end(), root.options.begin(), root.options.end());
  return joined(words);
}

}  // namespace

std::string bashCompletion(const CommandNode& root) {
  std::string steps;
  std::string cases;
  each(root, "", [&](const CommandNode& node, const std::string& path) {
    if (!path.empty()) steps += (steps.empty() ? "'" : " | '") + path + "'";
    cases += "    '" + path + "') words='" + wordsAfter(node, root) + "'";
    if (const auto names = listedBy(path); !names.empty()) cases += " names='" + std::string(names) + "'";
    if (path == "completion") cases += " words+=' bash zsh fish'";
    if (readsFiles(path)) cases += " files=1";
    cases += " ;;\n";
  });
  return "# Completion for berth. Load it with: source <(berth completion bash)\n"
         "_berth() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  local path='' word words='' names='' files=''\n"
         "  COMPREPLY=()\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"${path:+$path }$word\" in\n"
         "      " +
         steps +
         ")\n"
         "        path=\"${path:+$path }$word\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case $previous in\n"
         "    -f | --file | --var-file | --config | --out)\n"
         "      [[ $path == logs ]] || { mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return; } ;;\n"
         "    -d | --files-dir) mapfile -t COMPREPLY < <(compgen -d -- \"$current\"); return ;;\n"
         "    -o | --output) words='table wide json yaml name' ;;\n"
         "    --role) words='viewer operator admin' ;;\n"
         "    --cluster) names='get clusters' ;;\n"
         "    --lose) names='get hosts' ;;\n"
         "    --explain) names='get nodes' ;;\n"
         "    --context)\n"
         "      words=$(berth context list 2>/dev/null | awk 'NR > 1 { print $1 }') ;;\n"
         "  esac\n"
         "  if [[ -z $words$names ]]; then\n"
         "  case $path in\n" +
         cases +
         "  esac\n"
         "  fi\n"
         "  if [[ -n $files && $current != -* ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return\n"
         "  fi\n"
         "  if [[ -n $names && $current != -* ]]; then\n"
         "    # shellcheck disable=SC2086\n"
         "    words+=\" $(berth --timeout 1s $names -o name 2>/dev/null | tr '\\n' ' ')\"\n"
         "  fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "}\n"
         "complete -o filenames -o bashdefault -F _berth berth\n";
}

std::string zshCompletion(const CommandNode& root) {
  std::string script = bashCompletion(root);
  // zsh has no mapfile; its own way to split lines does the same.
  for (const auto& [bash, zsh] :
       {std::pair{"mapfile -t COMPREPLY < <(compgen -f -- \"$current\")",
                  "COMPREPLY=(${(f)\"$(compgen -f -- \"$current\")\"})"},
        std::pair{"mapfile -t COMPREPLY < <(compgen -d -- \"$current\")",
                  "COMPREPLY=(${(f)\"$(compgen -d -- \"$current\")\"})"},
        std::pair{"mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")",
                  "COMPREPLY=(${(f)\"$(compgen -W \"$words\" -- \"$current\")\"})"},
        std::pair{"berth --timeout 1s $names -o name", "berth --timeout 1s ${=names} -o name"},
        std::pair{"source <(berth completion bash)", "source <(berth completion zsh)"}}) {
    const std::string_view from = bash;
    for (std::size_t at = script.find(from); at != std::string::npos; at = script.find(from, at + 1)) {
      script.replace(at, from.size(), zsh);
    }
  }
  return "#compdef berth\nautoload -U +X bashcompinit && bashcompinit\n" + script;
}

std::string fishCompletion(const CommandNode& root) {
  std::string out =
      "# Completion for berth. Install it with:\n"
      "#   berth completion fish > ~/.config/fish/completions/berth.fish\n"
      "function __berth_at\n"
      "    set -l words (commandline -opc)\n"
      "    set -e words[1]\n"
      "    set -l words (string match -v -- '-*' $words)\n"
      "    test \"$words\" = \"$argv\"\n"
      "end\n"
      "complete -c berth -f\n";
  each(root, "", [&](const CommandNode& node, const std::string& path) {
    const std::string condition = "complete -c berth -n '__berth_at " + path + "'";
    for (const CommandNode& below : node.commands) {
      out += condition + " -a " + below.name + " -d \"" + below.description + "\"\n";
    }
    for (const std::string& option : node.options) {
      const bool wantsFile = option == "--file" || option == "--var-file" || option == "--config" ||
                             option == "--out" || option == "--files-dir";
      out += condition + (option.starts_with("--") ? " -l " + option.substr(2) : " -s " + option.substr(1)) +
             (wantsFile ? " -r -F" : "") + "\n";
    }
    if (const auto names = listedBy(path); !names.empty()) {
      out += condition + " -a '(berth --timeout 1s " + std::string(names) + " -o name 2>/dev/null)'\n";
    }
    if (path == "completion") out += condition + " -a 'bash zsh fish'\n";
    // Behind the first file the words are not the command's any more.
    if (readsFiles(path))
      out += "complete -c berth -n '__fish_seen_subcommand_from " + path.substr(0, path.find(' ')) + "' -F\n";
  });
  return out;
}

ExitCode run(const command::Completion& completion, Session& session) {
  const CommandNode root = commandTree();
  std::ostream& out = session.world().out;
  if (completion.shell == "bash") out << bashCompletion(root);
  if (completion.shell == "zsh") out << zshCompletion(root);
  if (completion.shell == "fish") out << fishCompletion(root);
  return ExitCode::ok;
}

}  // namespace berth::cli
