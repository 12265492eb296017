#include "tools/lock_request.h"

#include <algorithm>
#include <sstream>

#include "core/expression.h"

namespace lockfs {
namespace {

using Words = std::vector<std::string>;

Words split_alternatives(const std::string& expression) {
  Words alternatives;
  std::istringstream parts(expression);
  for (std::string part; std::getline(parts, part, ',');) alternatives.push_back(part);
  return alternatives;
}

std::string join(const Words& words, char separator) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : std::string(1, separator)) + word;
  return text;
}

// Every one of these with every one of those; no more than can be an expression, and one that shows
// that there are.
Words combine(const Words& these, const Words& those) {
  Words combined;
  for (const auto& left : these) {
    for (const auto& right : those) {
      if (combined.size() > max_expression_terms) return combined;
      combined.push_back(left);
      combined.back().append("+").append(right);
    }
  }
  return combined;
}

Result<std::string> combine_all(const std::vector<LockFile>& files, const std::string& typed) {
  Words alternatives = split_alternatives(files.front().name);
  for (std::size_t i = 1; i < files.size(); ++i) {
    alternatives = combine(alternatives, split_alternatives(files[i].name));
  }
  auto expression = join(alternatives, ',');
  if (files.size() == 1 || parse_expression(expression)) return expression;
  return failure(exit_status::usage,
                 typed +
                     " cannot be one request: a lock may stand in it once, and in all there may "
                     "be " +
                     std::to_string(max_expression_terms) + " names and " +
                     std::to_string(max_expression_bytes) + " bytes");
}

}  // namespace

Result<LockFile> find_request(const std::vector<std::string>& typed,
                              const std::string& asked_mount) {
  std::vector<LockFile> files;
  for (const auto& each : typed) {
    auto file = find_lock(each, asked_mount, Naming::expression);
    if (!file) return file;
    files.push_back(std::move(*file));
    if (files.back().mount != files.front().mount) {
      return failure(exit_status::usage, files.front().typed + " and " + each +
                                             " are on different mounts, and a request can only be "
                                             "made of one");
    }
  }
  const std::string all = join(typed, ' ');
  return combine_all(files, all).map([&](const std::string& name) {
    return LockFile{all, files.front().mount, name};
  });
}

std::vector<std::string> lock_names(const LockFile& request) {
  std::vector<std::string> names;
  const auto expression = parse_expression(request.name).value_or(Expression());
  for (const auto& all : expression.alternatives) {
    for (const auto& term : all) {
      if (std::find(names.begin(), names.end(), term.name) == names.end()) {
        names.push_back(term.name);
      }
    }
  }
  return names;
}

}  // namespace lockfs
