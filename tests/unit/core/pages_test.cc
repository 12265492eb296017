// The metrics' text and the page for a browser.
#include <gmock/gmock.h>

#include "core/html_view.h"
#include "core/metrics_view.h"

namespace lockfs {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr WallTime second = 1'000'000'000;

LockView hostile_lock() {
  ClaimView holder;
  holder.user = "<b>jack</b>";
  holder.command = "x\x1b[31m\" onload='alert(1)' <script>&amp;\xff";
  holder.since = 90 * second;
  holder.token = 7;
  LockView lock;
  lock.name = "a<i>";
  lock.kind = LockKind::board;
  lock.units = {{"\"1\"", false, 3, {holder}},
                {"2", false, 2, {}, MarkView{{0, 5, "</table>"}, "jill"}}};
  lock.waiters = {holder};
  return lock;
}

PageFacts facts() {
  PageFacts page;
  page.description.locks = {hostile_lock()};
  page.now = 100 * second;
  page.local_time = [](WallTime time) { return "t" + std::to_string(time / second); };
  page.user = [](uid_t) { return "'bob'"; };
  return page;
}

TEST(Page, EscapesWhateverUsersWrote) {
  const std::string page = render_page(facts());
  const std::string body = page.substr(page.find("<body>"));
  for (const char* text : {"<b>", "<i>", "<script", "\x1b", "\xff", "='alert"}) {
    EXPECT_THAT(body, Not(HasSubstr(text))) << text;
  }
  EXPECT_THAT(body,
              HasSubstr("x\\033[31m&quot; onload=&#39;alert(1)&#39; &lt;script&gt;&amp;amp;"));
  EXPECT_THAT(body, HasSubstr("<td>a&lt;i&gt;</td><td>&quot;1&quot;</td><td>held</td>"));
  EXPECT_THAT(body, HasSubstr("<td>offline</td><td>-</td><td>jill</td>"));
  EXPECT_THAT(body, HasSubstr("&lt;/table&gt;"));
}

TEST(Page, LoadsNothing) {
  const std::string page = render_page(facts());
  for (const char* text : {"src=", "href=", "url(", "@import", "http:", "https:"}) {
    EXPECT_THAT(page, Not(HasSubstr(text))) << text;
  }
}

TEST(Page, DrawsHoldsWhereTheyWere) {
  PageFacts page = facts();
  Effects effects;
  Notice notice;
  notice.kind = NoticeKind::released;
  notice.of_claim = true;
  notice.token = 5;
  notice.position = 1;
  notice.since = 50 * second;
  notice.time = 70 * second;
  notice.units = effects.keep("a 1\n");
  page.recent = {{notice, effects.text}};
  const std::string text = render_page(page);
  // Of the minute up to now: from its tenth second to its thirtieth.
  EXPECT_THAT(text,
              HasSubstr("left:16.667%;width:33.333%\" title=\"&#39;bob&#39;, t50 to t70, 20 s, "
                        "token 5\""));
  EXPECT_THAT(text, HasSubstr("<span class=\"bar ex now\" style=\"left:83.333%;width:16.667%\""));
}

TEST(Metrics, EscapesLabelsAndCountsDurations) {
  MetricsFacts all;
  all.version = "1\"\\\n";
  all.description.locks = {hostile_lock()};
  all.tally.holds.add(500'000);
  all.tally.holds.add(2 * second);
  all.tally.holds.add(-5);
  all.tally.holds.add(100'000 * second);
  const std::string text = render_metrics(all);
  EXPECT_THAT(text, HasSubstr("lockfs_build_info{version=\"1\\\"\\\\\\n\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockfs_units{lock=\"a<i>\",state=\"offline\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockfs_hold_seconds_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("lockfs_hold_seconds_bucket{le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("lockfs_hold_seconds_bucket{le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("lockfs_hold_seconds_sum 100002.0005\n"));
}

}  // namespace
}  // namespace lockfs
