// Journal: what a successor finds in the memory that its predecessor left.
#include "fs/journal.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "core/snapshot_codec.h"

namespace lockfs {
namespace {

const JournalSettings settings{"stderr", 17, "/mnt/locks", "/var/lib/lockfs/state"};
const std::vector<std::byte> fuse_init(80, std::byte{5});

std::vector<std::byte> state_of(const Engine& engine) {
  std::vector<std::byte> room(1 << 22);
  Encoder encoder(room);
  encoder(Snapshot::save(engine));
  EXPECT_TRUE(encoder.ok());
  room.resize(encoder.size());
  return room;
}

// A writer: an engine and the journal it writes.
struct Writer {
  Engine engine{{}, 0};
  Journal journal = Journal::create(settings, fuse_init, engine);
  Descriptor fd = journal.take_descriptor();
  std::uint64_t last_request = 0;

  void post(const Event& event) {
    Effects effects;
    engine.apply(1, event, effects);
    journal.append(1, event, FirstAnswer::kept, engine);
  }
  void make_locks(int count) {
    for (int i = 0; i < count; ++i) {
      const RequestId id{++last_request};
      const std::string name = "lock" + std::to_string(last_request % 100);
      post(event::Create{id, name, Client{0, 1, 1}});
      post(event::Sent{id});
      // Few stay open, so that the snapshot stays small beside the events.
      if (last_request > 50) post(event::Close{HandleId{last_request - 50}});
    }
  }
};

Journal open(int fd) {
  std::string error;
  auto journal = Journal::open(fd, error);
  EXPECT_EQ(error, "");
  return std::move(journal.value());
}

std::vector<std::byte> replayed_state(int fd) {
  Journal journal = open(fd);
  std::unique_ptr<Engine> engine;
  EXPECT_TRUE(journal.replay(engine));
  return engine ? state_of(*engine) : std::vector<std::byte>{};
}

std::string refusal(int fd) {
  std::string error;
  EXPECT_FALSE(Journal::open(fd, error).has_value());
  return error;
}

TEST(Journal, GivesASuccessorTheEngineAndTheSettings) {
  Writer writer;
  writer.make_locks(10);
  Journal journal = open(writer.fd.get());
  std::unique_ptr<Engine> engine;
  ASSERT_TRUE(journal.replay(engine));
  EXPECT_EQ(state_of(*engine), state_of(writer.engine));
  EXPECT_EQ(journal.settings().log_target, settings.log_target);
  EXPECT_EQ(journal.settings().stop_timeout_s, settings.stop_timeout_s);
  EXPECT_EQ(journal.settings().mount_point, settings.mount_point);
  EXPECT_EQ(journal.settings().state_file, settings.state_file);
  EXPECT_EQ(journal.fuse_init(), fuse_init);
}

TEST(Journal, StaysSmallAndWholeOverManySnapshots) {
  Writer writer;
  for (int round = 0; round < 40; ++round) {
    writer.make_locks(400);
    ASSERT_EQ(replayed_state(writer.fd.get()), state_of(writer.engine)) << round;
  }
  struct stat st {};
  ASSERT_EQ(::fstat(writer.fd.get(), &st), 0);
  EXPECT_LT(st.st_blocks * 512, 4 << 20);
}

TEST(Journal, GivesASuccessorWhatCameAfterItBeganToRead) {
  for (const int more : {0, 1, 20, 5000}) {
    Writer writer;
    writer.make_locks(10);
    Journal journal = open(writer.fd.get());
    std::unique_ptr<Engine> engine;
    ASSERT_TRUE(journal.replay(engine));
    writer.make_locks(more);
    ASSERT_TRUE(journal.replay(engine)) << more;
    EXPECT_EQ(state_of(*engine), state_of(writer.engine)) << more;
  }
}

TEST(Journal, LetsASuccessorWriteOn) {
  Writer writer;
  writer.make_locks(10);
  Journal journal = open(writer.fd.get());
  std::unique_ptr<Engine> engine;
  ASSERT_TRUE(journal.replay(engine));
  for (std::uint64_t i = 1; i < 10'000; ++i) {
    const event::Seek event{HandleId{1}, static_cast<std::int64_t>(i)};
    Effects effects;
    engine->apply(2, event, effects);
    journal.append(2, event, FirstAnswer::kept, *engine);
  }
  EXPECT_EQ(replayed_state(writer.fd.get()), state_of(*engine));
}

// One byte of the file is wrong.
void damage(int fd, off_t at) {
  std::byte value{};
  ASSERT_EQ(::pread(fd, &value, 1, at), 1);
  value ^= std::byte{1};
  ASSERT_EQ(::pwrite(fd, &value, 1, at), 1);
}

TEST(Journal, RefusesWhatIsNone) {
  const Descriptor small(::memfd_create("small", MFD_CLOEXEC));
  EXPECT_EQ(refusal(small.get()), "the journal has not the size of one");
  Writer other;
  damage(other.fd.get(), 0);
  EXPECT_EQ(refusal(other.fd.get()), "the journal is none of lockfs's");
  Writer newer;
  damage(newer.fd.get(), 9);
  EXPECT_NE(refusal(newer.fd.get()).find("the journal has format 260, and lockfs"),
            std::string::npos);
}

TEST(Journal, SaysWhenItIsDamaged) {
  constexpr off_t areas_at = 4096 + off_t{max_raw_request};
  for (const off_t at : {0, 9, 100, 400}) {
    Writer writer;
    writer.make_locks(20);
    damage(writer.fd.get(), areas_at + at);
    Journal journal = open(writer.fd.get());
    std::unique_ptr<Engine> engine;
    EXPECT_FALSE(journal.replay(engine)) << at;
  }
}

TEST(Journal, KnowsTheRequestThatWasBeingHandledAtTwoCrashes) {
  Writer writer;
  Journal& journal = writer.journal;
  EXPECT_EQ(journal.find_poison(true), RequestId::none);
  journal.handling(RequestId{7});
  EXPECT_EQ(journal.find_poison(true), RequestId::none);
  journal.handling(RequestId{7});
  EXPECT_EQ(journal.find_poison(true), RequestId{7});
  journal.handling(RequestId{8});
  EXPECT_EQ(journal.find_poison(true), RequestId::none);
  journal.handling(RequestId{8});
  EXPECT_EQ(journal.find_poison(false), RequestId::none);
  journal.handling(RequestId{9});
  journal.handling(RequestId::none);
  EXPECT_EQ(journal.find_poison(true), RequestId::none);
}

TEST(Journal, RemembersWhichAnswerArrivedLast) {
  Writer writer;
  EXPECT_EQ(open(writer.fd.get()).last_replied(), RequestId::none);
  writer.journal.replied(RequestId{12});
  EXPECT_EQ(open(writer.fd.get()).last_replied(), RequestId{12});
}

RawRequest request(std::uint64_t number) {
  fuse_in_header header{};
  header.len = sizeof header;
  header.opcode = FUSE_SETLKW;
  header.unique = number;
  RawRequest bytes(sizeof header);
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

// The numbers of what a successor has to handle anew.
std::vector<std::uint64_t> kept(int fd) {
  Journal journal = open(fd);
  std::unique_ptr<Engine> engine;
  EXPECT_TRUE(journal.replay(engine));
  std::vector<std::uint64_t> numbers;
  for (const auto& bytes : journal.kept_requests()) numbers.push_back(header_of(bytes).unique);
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

TEST(Journal, KeepsRequestsUntilTheNextAnswerAfterTheirs) {
  Writer writer;
  for (const std::uint64_t number : {6U, 4U, 8U}) {
    writer.journal.keep_request(RequestId{number}, request(number));
  }
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 6, 8}));
  writer.post(event::Sent{RequestId{4}});
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 6, 8})) << "it may not have arrived";
  writer.post(event::Sent{RequestId{6}});
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{6, 8}));
  writer.post(event::Reconnect{{RequestId{6}, RequestId{8}}});
  writer.post(event::Sent{RequestId{8}});
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{6, 8})) << "6 is to be sent again";
}

TEST(Journal, TakesThoseThatAreUnansweredIntoTheSnapshot) {
  Writer writer;
  for (const std::uint64_t number : {1000004U, 1000006U}) {
    writer.journal.keep_request(RequestId{number}, request(number));
  }
  writer.journal.is_unanswered = [](RequestId id) { return id == RequestId{1000006}; };
  writer.make_locks(10000);
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{1000006}));
}

TEST(Journal, KeepsTheRequestThatWasReadLast) {
  Writer writer;
  const auto read = [&](std::uint64_t number) {
    const auto bytes = request(number);
    std::copy(bytes.begin(), bytes.end(), writer.journal.request_room().begin());
    writer.journal.handling(RequestId{number});
  };
  writer.journal.keep_request(RequestId{4}, request(4));
  read(6);
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 6}));
  writer.journal.replied(RequestId{4});
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 6}));
  writer.journal.replied(RequestId{6});
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4}));
  read(8);
  writer.journal.keep_request(RequestId{8}, request(8));
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 8})) << "once";
  writer.journal.request_done();
  EXPECT_EQ(kept(writer.fd.get()), (Numbers{4, 8}));
}

}  // namespace
}  // namespace lockfs
