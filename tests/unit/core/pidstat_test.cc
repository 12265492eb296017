// pidstatd's datagrams.
#include "core/pidstat.h"

#include <gtest/gtest.h>

namespace lockfs {
namespace {

TEST(PidstatQuestion, HasItsHostAndMaskOrNot) {
  EXPECT_EQ(parse_pid_question("PIDR 12"), (PidQuestion{12, "", 0}));
  EXPECT_EQ(parse_pid_question("PIDR 12\n"), (PidQuestion{12, "", 0}));
  EXPECT_EQ(parse_pid_question("PIDR 12 relay"), (PidQuestion{12, "relay", 0}));
  EXPECT_EQ(parse_pid_question("PIDR 12 relay.lab 7\r\n"), (PidQuestion{12, "relay.lab", 7}));
}

TEST(PidstatQuestion, ThatIsNoneIsNotRead) {
  for (const char* text :
       {"", "\n", "PIDR", "PIDR x", "PIDR 0", "PIDR -1", "PIDR 2147483648", "pidr 1", "EXIS 1 1 h",
        "PIDR 1 h x", "PIDR 1 h 3 more", "PIDR 1 h\nPIDR 2 h", "PIDR 1 h\x01", "PIDR 1 \xc3\xa9"}) {
    EXPECT_EQ(parse_pid_question(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_pid_question("PIDR 1 " + std::string(max_pidstat_host + 1, 'h')), std::nullopt);
  EXPECT_EQ(parse_pid_question("PIDR 1" + std::string(max_pidstat_datagram, ' ')), std::nullopt);
}

TEST(PidstatQuestion, WantsBothStatesUnlessItSaysWhich) {
  const PidQuestion either{1, "h", 0};
  EXPECT_TRUE(either.wants(PidState::exists));
  EXPECT_TRUE(either.wants(PidState::absent));
  EXPECT_FALSE(either.wants(PidState::unknown));
  const PidQuestion dead{1, "h", 2};
  EXPECT_FALSE(dead.wants(PidState::exists));
  EXPECT_TRUE(dead.wants(PidState::absent));
  EXPECT_FALSE((PidQuestion{1, "h", 8}).wants(PidState::exists));
}

TEST(PidstatAnswer, IsToldAsTheOriginalTellsIt) {
  EXPECT_EQ(render(PidAnswer{12, PidState::exists, "relay"}), "EXIS 12 1 relay");
  EXPECT_EQ(render(PidAnswer{12, PidState::absent, "relay"}), "EXIS 12 0 relay");
  EXPECT_EQ(render(PidAnswer{12, PidState::unknown, "relay"}), "UNKN 12 na relay");
  EXPECT_EQ(render(PidQuestion{12, "relay", 3}), "PIDR 12 relay 3\n");
}

TEST(PidstatAnswer, ThatIsNoneIsNotRead) {
  for (const char* text : {"", "EXIS 1 1", "EXIS 1 2 h", "EXIS 1 na h", "UNKN 1 1 h", "EXIS 0 1 h",
                           "EXIS 1 1 h more", "PIDR 1 h", "EXIS 1 1 h\nEXIS 2 1 h"}) {
    EXPECT_EQ(parse_pid_answer(text), std::nullopt) << text;
  }
}

TEST(PidstatAnswer, IsBelievedOnlyForTheQuestionThatWasAsked) {
  const PidQuestion asked{12, "relay", 3};
  EXPECT_TRUE(answers({12, PidState::absent, "relay"}, asked));
  EXPECT_FALSE(answers({13, PidState::absent, "relay"}, asked));
  EXPECT_FALSE(answers({12, PidState::absent, "other"}, asked));
}

}  // namespace
}  // namespace lockfs
