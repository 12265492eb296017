// The processes behind holders and waiters: whoever opened the file (of an fcntl lock: who locked
// it), or, once that one is gone, whoever has it from that one.
//
// In two steps, since most openers live: find_openers() looks at these alone; only if one is gone
// is everything else looked through. Both fill in the description. Worker thread only.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/description.h"
#include "fs/open_files.h"

namespace lockfs {

enum class Detail : std::uint8_t { processes, users_and_commands };

void find_openers(Description& description, Detail detail);

// The files whose openers are gone; empty: there is no need for the next step.
std::set<NodeId> orphaned_files(const Description& description);

// `opens`: all that is open of the orphaned files, of the mount here. For people to look at, what
// was seen a moment ago will do.
void find_heirs(Description& description, const std::vector<OpenView>& opens,
                const std::string& mount_point, Detail detail, OpenFiles& files);

// A process and its ancestors.
class Family {
 public:
  explicit Family(pid_t thread);
  // How many generations above the process the one behind the claim is: 0 is the process itself.
  // Nothing: it is not of the family.
  std::optional<std::size_t> generation(const ClaimView& claim) const;

 private:
  std::vector<pid_t> pids_;
};

// What is held by the nearest of the family that holds anything.
std::vector<Ticket> holds_of(const Family& family, const Description& description);

}  // namespace lockfs
