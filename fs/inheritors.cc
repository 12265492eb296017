#include "fs/inheritors.h"

#include <algorithm>
#include <set>

namespace lockfs {
namespace {

constexpr std::int64_t tick = 10'000'000;  // to which the start of a process is known

using Place = std::pair<ino_t, pid_t>;

// Those that have more descriptors of a file than they opened themselves (so many are left), but
// none of whose ancestors has it open.
std::vector<OpenFile> candidates(const std::vector<OpenedFile>& opens,
                                 const std::vector<OpenFile>& files) {
  std::map<Place, int> opened;
  std::set<Place> having;
  for (const auto& open : opens) ++opened[{open.inode, open.opener}];
  for (const auto& file : files) having.emplace(file.inode, file.process.pid);
  std::vector<OpenFile> left;
  for (OpenFile file : files) {
    const bool from_ancestor =
        std::any_of(file.family.begin() + 1, file.family.end(), [&](pid_t ancestor) {
          const Place place{file.inode, ancestor};
          return opened.contains(place) || having.contains(place);
        });
    const auto own = opened.find({file.inode, file.process.pid});
    if (own != opened.end()) file.descriptors -= own->second;
    if (!from_ancestor && file.descriptors > 0) left.push_back(std::move(file));
  }
  std::sort(left.begin(), left.end(), [](const OpenFile& a, const OpenFile& b) {
    return std::pair(a.process.started, a.process.pid) <
           std::pair(b.process.started, b.process.pid);
  });
  return left;
}

bool started_after(const Process& process, const OpenedFile& open) {
  return process.started + tick > open.opened;
}

}  // namespace

std::map<HandleId, Inheritor> find_inheritors(std::vector<OpenedFile> opens,
                                              const std::vector<OpenFile>& files) {
  auto left = candidates(opens, files);
  std::sort(opens.begin(), opens.end(), [](const OpenedFile& a, const OpenedFile& b) {
    return std::pair(a.opened, a.handle) < std::pair(b.opened, b.handle);
  });
  std::map<HandleId, Inheritor> found;
  for (const bool after : {true, false}) {
    for (const auto& open : opens) {
      if (open.opener != 0 || found.contains(open.handle)) continue;
      const auto heir = std::find_if(left.begin(), left.end(), [&](const OpenFile& file) {
        return file.inode == open.inode && file.descriptors > 0 &&
               (!after || started_after(file.process, open));
      });
      if (heir == left.end()) continue;
      --heir->descriptors;
      found[open.handle] = {heir->process, after};
    }
  }
  return found;
}

}  // namespace lockfs
