// Signals passed on to a worker that dies: the next one has those that were not taken.
#include "fs/passed_signals.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

namespace lockfs {
namespace {

// A worker, as the keeper knows it.
struct Peer {
  Peer() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    keepers.reset(ends[0]);
    own.reset(ends[1]);
  }
  // The letters and words of all that came.
  std::string received() const {
    std::string all;
    bool ended = false;
    std::string words;
    for (auto message = receive(own, ended, words); message; message = receive(own, ended, words)) {
      all += static_cast<char>(*message) + words + " ";
    }
    return all;
  }
  Descriptor keepers;
  Descriptor own;
};

TEST(PassedSignals, ArePassedOnAgainUntilTheyAreTaken) {
  PassedSignals signals;
  const Peer first;
  signals.pass(Message::reload, first.keepers);
  signals.pass(Message::upgrade, first.keepers);
  EXPECT_EQ(first.received(), "H U ");
  signals.taken(Message::upgrade);
  for (int round = 0; round < 2; ++round) {
    const Peer next;
    signals.pass_again(next.keepers);
    EXPECT_EQ(next.received(), "Hagain ");
  }
  signals.taken(Message::reload);
  const Peer last;
  signals.pass_again(last.keepers);
  EXPECT_EQ(last.received(), "");
}

// The first may be in the journal; the second ends it at once.
TEST(PassedSignals, ASecondOneIsASecondOne) {
  PassedSignals signals;
  const Peer first;
  for (int i = 0; i < 5; ++i) signals.pass(Message::terminate, first.keepers);
  const Peer next;
  signals.pass_again(next.keepers);
  EXPECT_EQ(next.received(), "Tagain T ");
  signals.taken(Message::terminate);
  const Peer last;
  signals.pass_again(last.keepers);
  EXPECT_EQ(last.received(), "T ") << "the first was taken, so this is another";
  signals.taken(Message{'?'});
}

}  // namespace
}  // namespace lockfs
