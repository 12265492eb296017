// The cases: each measures something and says it in a few figures.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/comparison.h"

namespace lockfs::bench {

// All take an empty folder on tmpfs.
using Figures = std::vector<Comparison>;

inline void append(Figures& figures, const Figures& more) {
  figures.insert(figures.end(), more.begin(), more.end());
}

// lock_cases.cc: one client at a time.
Figures measure_lock(const std::string& folder);
Figures measure_open(const std::string& folder);
Figures measure_command(const std::string& folder);
Figures measure_locks(const std::string& folder);
Figures measure_sets(const std::string& folder);
// queue_cases.cc: many clients.
Figures measure_handover(const std::string& folder);
Figures measure_drain(const std::string& folder);
// philosophers_case.cc
Figures measure_philosophers(const std::string& folder);
// memory_case.cc
Figures measure_memory(const std::string& folder);
// doors_case.cc
Figures measure_doors(const std::string& folder);
// status_case.cc
Figures measure_status(const std::string& folder);
// pause_cases.cc
Figures measure_pause(const std::string& folder);
// journal_case.cc
Figures measure_journal(const std::string& folder);

struct Case {
  std::string_view name;
  std::string_view what;
  Figures (*measure)(const std::string& folder);
};

inline constexpr std::array<Case, 13> cases = {{
    {"lock", "lock+unlock of an open file", measure_lock},
    {"open", "open+lock+close", measure_open},
    {"command", "the command flock FILE true", measure_command},
    {"handover", "a lock that goes round between processes", measure_handover},
    {"drain", "a queue that is let in one by one", measure_drain},
    {"locks", "operations with 10 and with 100,000 locks", measure_locks},
    {"sets", "lock+unlock of 2, 8 and 64 locks in one set", measure_sets},
    {"philosophers", "5, 50 and 500 who dine, with sets and without", measure_philosophers},
    {"memory", "for each idle lock, hold and waiter", measure_memory},
    {"doors", "lockerd's protocol, against IPC::Locker's own where it is installed", measure_doors},
    {"status", "a lock's latency while the status of 10,000 holders is read", measure_status},
    {"pause", "what a client sees at a kill -9 and at an upgrade", measure_pause},
    {"journal", "the journal's part of lock+unlock, in instructions", measure_journal},
}};

}  // namespace lockfs::bench
