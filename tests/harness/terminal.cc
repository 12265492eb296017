#include "tests/harness/terminal.h"

#include <fstream>

namespace lockfs::test {

Terminal::Terminal(Sandbox& sandbox, int columns, int rows) : sandbox_(sandbox) {
  tmux("-f /dev/null new-session -d -x " + std::to_string(columns) + " -y " + std::to_string(rows) +
       " \"env -u NO_COLOR PS1='% ' PATH=\\\"$(dirname " LOCKCTL_PROGRAM
       "):$PATH\\\" "
       "bash --norc --noprofile\"");
  shows("%");
}

Terminal::~Terminal() { tmux("kill-server"); }

void Terminal::type(const std::string& line) const {
  std::ofstream(sandbox_.folder() + "/typed") << line;
  tmux("send-keys -l \"$(cat $D/typed)\"");
  press("Enter");
}

void Terminal::press(const std::string& key) const { tmux("send-keys " + key); }

void Terminal::resize(int columns, int rows) const {
  tmux("resize-window -x " + std::to_string(columns) + " -y " + std::to_string(rows));
}

std::string Terminal::screen() const {
  auto text = tmux("capture-pane -p").out;
  return text.erase(text.find_last_not_of('\n') + 1);
}

std::string Terminal::coloured_screen() const { return tmux("capture-pane -e -p").out; }

bool Terminal::shows(const std::string& text) const {
  return shows([&](const std::string& screen) { return screen.find(text) != std::string::npos; });
}

bool Terminal::shows(const std::function<bool(const std::string&)>& condition) const {
  return wait_until([&] { return condition(screen()); });
}

Ran Terminal::tmux(const std::string& arguments) const {
  return sandbox_.sh("env -u TMUX tmux -S $D/tmux " + arguments);
}

}  // namespace lockfs::test
