#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "fake_host.hpp"
#include "tidegate/host.hpp"
#include "tidegate/plugins.hpp"

namespace tidegate {
namespace {

namespace fs = std::filesystem;

class FileLogTest : public testing::Test {
 protected:
  FileLogTest() : folder_(fs::path(testing::TempDir()) / ("filelog_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
  }
  ~FileLogTest() override { fs::remove_all(folder_); }

  Host host() {
    tg_host_options options = TG_INIT(tg_host_options);
    options.name = TG_STR("filelog-test");
    options.log_format = TG_FORMAT_TEXT;
    const std::string log = (folder_ / "host.log").string();
    options.log_path = str(log);
    return Host(options);
  }
  void load(Host &host) { host.load_plugin(PLUGINS "/filelog.so", nlohmann::json{{"path", path()}}.dump()); }
  std::string path() const { return (folder_ / "events.jsonl").string(); }
  static Service add(Host &host) {
    tg_service_options options = TG_INIT(tg_service_options);
    options.name = TG_STR("S");
    return host.add_service(options);
  }
  std::vector<std::string> lines(const std::string &file) const {
    std::ifstream in(file);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

  fs::path folder_;
};

TEST_F(FileLogTest, Events_AreLinesOfJsonInOrder_AndAppended) {
  for (int run = 0; run < 2; ++run) {
    Host made = host();
    load(made);
    const Service service = add(made);
    service.start();
    service.drain();
    while (plugins(made.handle()).front().events_behind > 2) std::this_thread::yield();  // a disk may be slow
    made.destroy();  // delivers what is left
  }
  std::vector<int> numbers;
  for (const std::string &line : lines(path())) numbers.push_back(nlohmann::json::parse(line)["number"]);
  const std::vector<int> once = {25180, 25100, 25101, 25165, 25049, 25050, 25130, 25003};
  std::vector<int> twice = once;
  twice.insert(twice.end(), once.begin(), once.end());
  EXPECT_EQ(numbers, twice);
}

/// D25: a file that waits for somebody would keep the caller of the load.
TEST_F(FileLogTest, PathThatIsNoFile_IsRefusedAtOnce) {
  const std::string fifo = path(), of_reader = path() + ".read";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(mkfifo(of_reader.c_str(), 0600), 0);
  const int reader = open(of_reader.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  Host made = host();
  for (const std::string &wrong : {fifo, of_reader, folder_.string()}) {
    try {
      made.load_plugin(PLUGINS "/filelog.so", nlohmann::json{{"path", wrong}}.dump());
      ADD_FAILURE() << wrong;
    } catch (const Error &error) {
      EXPECT_NE(std::string(error.what()).find("no regular file and no character device; give the path of a file"), std::string::npos)
          << error.what();
    }
  }
  close(reader);
  made.load_plugin(PLUGINS "/filelog.so", R"({"path": "/dev/null"})");
  const Service service = add(made);
  service.start();
  made.destroy();
  for (const std::string &line : lines((folder_ / "host.log").string())) EXPECT_EQ(line.find("cannot write"), std::string::npos) << line;
}

TEST_F(FileLogTest, FullDisk_IsSaidOnce_AndLaterEventsAreWholeLines) {
  // A limit on the file's size stands in for a full disk: the kernel refuses the write, in the middle of a line.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  Host made = host();
  load(made);
  const Service service = add(made);
  std::ofstream(path(), std::ios::app) << std::string(1000, 'x') << '\n';
  rlimit tight = before;
  tight.rlim_cur = 1100;
  setrlimit(RLIMIT_FSIZE, &tight);
  service.start();
  ASSERT_TRUE(service.wait(TG_UNTIL_RUNNING, std::chrono::seconds(20)));
  const auto said = [&] {
    for (const std::string &line : lines((folder_ / "host.log").string()))
      if (line.find("cannot write to") != std::string::npos) return true;
    return false;
  };
  for (int i = 0; i < 2000 && !said(); ++i)
    std::this_thread::yield(), made.wait_for_event(UINT64_MAX - 1, std::chrono::milliseconds(5));
  EXPECT_TRUE(said());
  setrlimit(RLIMIT_FSIZE, &before);
  service.drain();
  made.destroy();
  const auto all = lines(path());
  EXPECT_EQ(nlohmann::json::parse(all.back())["number"], 25003);
  EXPECT_EQ(nlohmann::json::parse(all[all.size() - 2])["number"], 25130);
}

TEST_F(FileLogTest, Configuration_ThatIsWrong_IsSaid) {
  Host made = host();
  for (const char *bad : {"", "{\"path\": 5}", "{\"path\": \"relative\"}", "{\"file\": \"/tmp/x\"}", "nonsense",
                          "{\"path\": \"/dev/null/file\"}"}) {
    try {
      made.load_plugin(PLUGINS "/filelog.so", bad);
      ADD_FAILURE() << bad;
    } catch (const Error &error) {
      EXPECT_EQ(error.code(), std::string_view(bad).starts_with("{\"path\": \"/dev") ? TG_E_PLUGIN : TG_E_INVALID) << bad;
      EXPECT_NE(std::string(error.what()).find("org.tidegate.filelog"), std::string::npos) << error.what();
    }
  }
}

TEST(FileLogTables, Configuration_ThatIsWrong_IsSaidByItToo) {
  // A host that knows the schema does not let all of these through; an older one does.
  FakeHost host;
  LoadedPlugin plugin(PLUGINS "/filelog.so");
  for (const auto &[config, code, sentence] :
       {std::tuple("nonsense", TG_E_INVALID, "not a JSON object"), {"{}", TG_E_INVALID, "must be an absolute path"},
        {R"({"path": 5})", TG_E_INVALID, "must be an absolute path"},
        {R"({"path": "relative"})", TG_E_INVALID, "must be an absolute path"},
        {R"({"file": "/tmp/x"})", TG_E_INVALID, "unknown key \"file\""},
        {R"({"path": "/dev/null/file"})", TG_E_PLUGIN, "/dev/null/file: Not a directory"}}) {
    host.failures.clear();
    EXPECT_EQ(plugin.create(host, config), code) << config;
    ASSERT_EQ(host.failures.size(), 1u) << config;
    EXPECT_NE(host.failures[0].find(sentence), std::string::npos) << host.failures[0];
  }
}

}  // namespace
}  // namespace tidegate
