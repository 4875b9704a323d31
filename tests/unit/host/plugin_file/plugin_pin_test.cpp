// Rules of the host about a plugin's file: the one that is pinned, those that are denied.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "os/fault.hpp"
#include "tidegate/plugin_entry.h"
#include "plugin_file/plugin_file.hpp"
#include "plugin_file/sha256.hpp"

namespace tidegate::sdk {
namespace {

namespace fs = std::filesystem;

constexpr const char *kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string upper(std::string text) {
  for (char &c : text)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

class PluginPinTest : public testing::Test {
 protected:
  PluginPinTest() : folder_(testing::TempDir() + "plugin_pin_" + std::to_string(getpid())) {
    fs::remove_all(folder_);
    fs::create_directory(folder_);
    fs::permissions(folder_, fs::perms::owner_all);
    fs::copy_file(FIXTURES "/newer.so", path_);
    chmod(path_.c_str(), 0644);
  }
  ~PluginPinTest() override { fs::remove_all(folder_); }

  static std::string sha256(const std::string &path) {
    FILE *file = std::fopen(path.c_str(), "r");
    const std::string digest = sha256_of(fileno(file), path);
    std::fclose(file);
    return digest;
  }

  /// Returns: the sentence.
  std::string refused(tg_result code, const PluginRules &rules) const {
    try {
      const PluginFile file(path_, rules);
    } catch (const Fault &fault) {
      EXPECT_EQ(fault.code(), code) << fault.what();
      return fault.what();
    }
    ADD_FAILURE() << "not refused";
    return {};
  }
  void expect_refused(tg_result code, const PluginRules &rules, const std::string &sentence) const {
    const std::string said = refused(code, rules);
    EXPECT_NE(said.find(sentence), std::string::npos) << said;
  }

  const fs::path folder_;
  const std::string path_ = (folder_ / "p.so").string();
};

// FIPS 180-2, appendix B.
TEST_F(PluginPinTest, Sha256_IsAsTheStandardHasIt) {
  const auto of = [&](const std::string &bytes) {
    std::ofstream(folder_ / "bytes", std::ios::binary) << bytes;
    return sha256((folder_ / "bytes").string());
  };
  EXPECT_EQ(of(""), kOfNothing);
  EXPECT_EQ(of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(of(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_F(PluginPinTest, Pinned_IsTaken_InEitherCase) {
  EXPECT_EQ(PluginFile(path_, {sha256(path_), {}}).id(), "com.example.newer");
  EXPECT_EQ(PluginFile(path_, {upper(sha256(path_)), {}}).id(), "com.example.newer");
  EXPECT_NE(PluginFile(path_, {sha256(path_), {}}).load(), nullptr);
}

TEST_F(PluginPinTest, NotThePinned_IsRefused_WithBothDigests) {
  expect_refused(
      TG_E_TRUST, {upper(kOfNothing), {}},
      "its SHA-256 is " + sha256(path_) + ", pinned is " + kOfNothing + "; put the pinned file back, or pin this one");
  std::ofstream(path_, std::ios::binary) << "no plugin";
  expect_refused(TG_E_TRUST, {kOfNothing, {}}, "is not the file that was pinned");
}

TEST_F(PluginPinTest, PinThatIsNone_IsSaid) {
  const std::string digest = sha256(path_);
  for (const std::string &pin : {digest.substr(1), digest + "0", " " + digest.substr(1), "g" + digest.substr(1),
                                 std::string("no"), std::string(64, '\0'), "sha256:" + digest})
    expect_refused(TG_E_INVALID, {pin, {}}, "pins no file; give its SHA-256, 64 hexadecimal digits");
}

TEST_F(PluginPinTest, Denied_IsRefused_NamingTheEntry) {
  expect_refused(TG_E_TRUST, {"", {"org.other", "com.example.newer"}},
                 "is denied on this host by the entry \"com.example.newer\"");
  const std::string entry = "sha256:" + upper(sha256(path_));
  expect_refused(TG_E_TRUST, {"", {"org.other", entry}},
                 "by the entry \"" + entry + "\"; load another, or take the entry out");
  expect_refused(TG_E_TRUST, {sha256(path_), {"com.example.newer"}}, "is denied");
  EXPECT_EQ(PluginFile(path_, {"", {"com.example.Newer", "com.example", std::string("sha256:") + kOfNothing}}).version(),
            "2.0~beta");
}

TEST_F(PluginPinTest, EntryThatDeniesNothing_IsSaid) {
  const std::string digest = sha256(path_);
  for (const std::string &entry :
       {std::string(), std::string("a b"), "sha256:" + digest.substr(1), "SHA256:" + digest, "md5:" + digest,
        std::string(64, 'a') + "b", std::string("a\0b", 3), std::string("/lib/p.so")}) {
    EXPECT_THROW(check_rules({"", {"org.fine", entry}}), Fault) << entry;
    expect_refused(TG_E_INVALID, {"", {"org.fine", entry}}, "denies no plugin; give an id such as");
  }
  check_rules({digest, {"org.fine", "sha256:" + digest}});
}

/// P3: each load is of the content that was pinned, or refused, however the file is written to meanwhile.
TEST_F(PluginPinTest, WrittenToInPlace_UnderConcurrency_NeverAnotherContentIsLoaded) {
  const std::string pinned = sha256(path_);
  std::ifstream first(path_, std::ios::binary), second(FIXTURES "/sleepy.so", std::ios::binary);
  const std::string contents[] = {{std::istreambuf_iterator<char>(first), {}}, {std::istreambuf_iterator<char>(second), {}}};
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int turn = 0; !stop.load(); ++turn) std::ofstream(path_, std::ios::binary) << contents[turn % 2];
  });
  int loaded = 0;
  for (int round = 0; round < 600 || (loaded == 0 && round < 100'000); ++round) {
    try {
      PluginFile file(path_, {pinned, {}});
      const auto *entry = static_cast<const tg_plugin_entry *>(dlsym(file.load(), TG_PLUGIN_SYMBOL));
      EXPECT_EQ(std::string_view(entry->id.ptr, entry->id.len), "com.example.newer");
      ++loaded;
    } catch (const Fault &fault) {
      EXPECT_EQ(fault.code(), TG_E_TRUST) << fault.what();
    }
  }
  stop = true;
  writer.join();
  EXPECT_GT(loaded, 0);
}

TEST_F(PluginPinTest, RenamedOverAfterTheLook_IsLoadedAsLookedAt) {
  PluginFile file(path_, {sha256(path_), {}});
  fs::copy_file(FIXTURES "/sleepy.so", folder_ / "other.so");
  fs::rename(folder_ / "other.so", path_);
  EXPECT_NE(file.load(), nullptr);
  EXPECT_EQ(file.id(), "com.example.newer");
  expect_refused(TG_E_TRUST, {sha256(FIXTURES "/newer.so"), {}}, "is not the file that was pinned");
}

}  // namespace
}  // namespace tidegate::sdk
