// What lockctl run asks for, and what it tells its command that it got.
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/tools/lockctl_mount.h"
#include "tools/grant.h"
#include "tools/lock_request.h"

namespace lockfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string mine(int token) { return holder_json("me", ::getpid(), token); }

// Of this user, but a process by another number.
std::string elsewhere(int token) {
  auto json = holder_json("me", ::getpid() + 1, token);
  const std::string uid = "1000";
  return json.replace(json.find(uid), uid.size(), std::to_string(::getuid()));
}

class LockctlGrant : public ::testing::Test {
 protected:
  // What the mount shows of a lock.
  void shows(const std::string& lock, const std::string& units) {
    mount_.write(".json/" + lock, lock_json(lock, units));
  }
  // The file of the expression that these become, or the message.
  std::string request(const std::vector<std::string>& typed) {
    const auto file = find_request(typed, mount_.path());
    return file ? file->name : file.error().message;
  }
  // "LOCK|UNITS|TOKEN" as the command has it.
  std::string told(const std::string& expression) {
    const Said said = mount_(
        {"run", expression, "--", "sh", "-c",
         "echo \"$LOCKFS_LOCK|$LOCKFS_UNITS|$LOCKFS_TOKEN\" > '" + mount_.path("told") + "'"});
    return said.status == 0 ? mount_.read("told") : said.err;
  }

  const FakeMount mount_;
};

TEST_F(LockctlGrant, IsToldToTheCommand) {
  shows("s3esk", unit_json("192.168.124.52", mine(7)));
  mount_.write(".mine/s3esk", "192.168.124.52\n");
  ::setenv("LOCKFS_UNITS", "of an outer lock", 1);
  EXPECT_EQ(told("s3esk"), "s3esk|192.168.124.52|7\n");
  EXPECT_EQ(told(mount_.path("s3esk")), "s3esk|192.168.124.52|7\n");
  ::unsetenv("LOCKFS_UNITS");
}

TEST_F(LockctlGrant, IsTheLatestOfThisProcess) {
  const auto other = holder_json("jack", 1, 99);
  shows("s3esk", unit_json("a", mine(7)) + "," + unit_json("b", other) + "," +
                     unit_json("c", mine(8)) + "," + unit_json("d", other + "," + mine(8)));
  mount_.write(".mine/s3esk", "a\nb\nc\nd\n");
  EXPECT_EQ(told("s3esk"), "s3esk|c d|8\n");
}

TEST_F(LockctlGrant, OfAnExpressionNamesTheLocks) {
  shows("burchtest", unit_json("x", mine(9)) + "," + unit_json("y", mine(9)));
  shows("licence", unit_json("1", "") + "," + unit_json("2", mine(9)));
  shows("s3esk", unit_json("z", ""));
  const std::string expression = "burchtest=2+licence,s3esk";
  mount_.write(".mine/" + expression, "burchtest x\nburchtest y\nlicence 2\n");
  EXPECT_EQ(told(expression), expression + "|burchtest x\nburchtest y\nlicence 2|9\n");
}

TEST_F(LockctlGrant, IsKnownByAnotherNumberInAContainer) {
  shows("burchtest", unit_json("x", elsewhere(9)) + "," + unit_json("y", elsewhere(9)));
  mount_.write(".mine/burchtest=2", "burchtest x\nburchtest y\n");
  EXPECT_EQ(told("burchtest=2"), "burchtest=2|burchtest x\nburchtest y|9\n");
}

TEST_F(LockctlGrant, NotShownRunsNothing) {
  const std::vector<std::string> args = {"run", "s3esk", "--", "touch", mount_.path("ran")};
  const std::string not_run = " does not show what process " + std::to_string(::getpid()) +
                              " got of s3esk; the command was not run\n";
  EXPECT_EQ(mount_(args).status, 69);
  shows("s3esk", unit_json("a", elsewhere(98)) + "," + unit_json("b", elsewhere(99)));
  mount_.write(".mine/s3esk", "a\nb\n");
  EXPECT_EQ(mount_(args).status, 69);
  EXPECT_EQ(mount_(args).err, "lockctl: " + mount_.path() + not_run);
  EXPECT_FALSE(std::filesystem::exists(mount_.path("ran")));
}

TEST_F(LockctlGrant, OneExpressionIsAskedForAsItIs) {
  EXPECT_EQ(request({"a"}), "a");
  EXPECT_EQ(request({"a=shared+b=2,c@10.0.0.1"}), "a=shared+b=2,c@10.0.0.1");
  EXPECT_EQ(request({mount_.path("a+b")}), "a+b");
  EXPECT_EQ(request({"rig@/dev/ttyUSB0+a"}), "rig@%2Fdev%2FttyUSB0+a");
}

TEST_F(LockctlGrant, SeveralExpressionsAreAskedForAtOnce) {
  EXPECT_EQ(request({"a", "b=2", "c=shared"}), "a+b=2+c=shared");
  EXPECT_EQ(request({"a,b", "c"}), "a+c,b+c");
  EXPECT_EQ(request({"a,b", "c,d"}), "a+c,a+d,b+c,b+d");
  EXPECT_EQ(request({"a", mount_.path("b")}), "a+b");
}

TEST_F(LockctlGrant, WhatCannotBeOneRequestIsSaid) {
  EXPECT_THAT(request({"a", "a"}), HasSubstr("a a cannot be one request: a lock may stand in it"));
  EXPECT_THAT(request({"a,b", "b,c"}), HasSubstr("cannot be one request"));
  EXPECT_THAT(request({"a", "b c"}), HasSubstr("\"b c\" cannot be the name of a lock"));
  EXPECT_THAT(request({"a", "+"}), HasSubstr("\"+\" cannot be the name of a lock"));
  const std::string many = "a,b,c,d,e,f,g,h";
  EXPECT_THAT(request({many, "i,j,k,l,m,n,o,p", "q,r,s,t"}), HasSubstr("64 names"));
  const FakeMount other;
  EXPECT_THAT(request({"a", other.path("b")}), HasSubstr("is not a lockfs mount"));
}

TEST(LockctlRequest, NamesItsLocksOnce) {
  EXPECT_THAT(lock_names({"", "", "a+b=2,a@x+c"}), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace lockfs
