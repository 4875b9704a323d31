// What a plugin brings along is looked at as the plugin is, before any of its code runs: P9.
#include <cstdlib>
#include <cstring>

#include "plugin_file_fixture.hpp"

namespace tidegate::sdk {
namespace {

class PluginDependenciesTest : public PluginFileTest {
 protected:
  PluginDependenciesTest() { chmod(kFolder, 0755), chmod(kLibrary, 0755); }
  ~PluginDependenciesTest() override { chmod(kFolder, 0755), chmod(kLibrary, 0755); }

  static constexpr const char *kFolder = FIXTURES "/brought";
  static constexpr const char *kLibrary = FIXTURES "/brought/libbrought.so";
};

TEST_F(PluginDependenciesTest, LibraryThatOthersMayWrite_IsRefused) {
  chmod(kLibrary, 0777);
  const std::string said = refused(TG_E_TRUST, fixture("brings"));
  EXPECT_NE(said.find("brings.so needs libbrought.so, and " + std::string(kLibrary) + " can be written by others"), std::string::npos)
      << said;
}

/// Sticky or not: a library of that name, or of a better fitting one, could be put there.
TEST_F(PluginDependenciesTest, FolderOfLibrariesThatOthersMayWrite_IsRefused) {
  for (const mode_t mode : {0777, 0775, 01777}) {
    chmod(kFolder, mode);
    const std::string said = refused(TG_E_TRUST, fixture("brings"));
    EXPECT_NE(said.find("looks for libbrought.so: others can write its folder " + std::string(kFolder)), std::string::npos) << said;
  }
}

TEST_F(PluginDependenciesTest, LibraryOfSomebodyElse_IsRefused) {
  if (geteuid() != 0) return;  // only root can give a file away
  ASSERT_EQ(chown(kLibrary, 12345, 0), 0);
  EXPECT_NE(refused(TG_E_TRUST, fixture("brings")).find("belongs to user 12345"), std::string::npos);
  ASSERT_EQ(chown(kLibrary, 0, 0), 0);
}

/// By the environment too, which the loader asks before a RUNPATH.
TEST_F(PluginDependenciesTest, FolderOfTheEnvironment_IsLookedAtLikeOneOfItsOwn) {
  fs::create_directory(folder_ / "env");
  chmod((folder_ / "env").c_str(), 0777);
  setenv("LD_LIBRARY_PATH", (folder_ / "env").c_str(), 1);
  EXPECT_NE(refused(TG_E_TRUST, fixture("brings")).find((folder_ / "env").string()), std::string::npos);
  unsetenv("LD_LIBRARY_PATH");
}

TEST_F(PluginDependenciesTest, SearchPathThatDependsOnTheWorkingDirectory_IsRefused) {
  Elf elf(fixture("brings"));
  const std::size_t at = elf.bytes.find(kFolder);
  ASSERT_NE(at, std::string::npos);
  for (const char *path : {"lib", ".", "$LIB/x", ":/usr/lib", "/usr/lib:", "/usr/lib::/lib"}) {
    std::string bytes = elf.bytes;
    bytes.replace(at, std::strlen(path) + 1, path, std::strlen(path) + 1);
    const std::string said = refused(TG_E_TRUST, write("relative.so", bytes));
    EXPECT_NE(said.find("no absolute path"), std::string::npos) << said;
  }
}

/// P9: the loader looks in these subfolders before it looks in the folder.
TEST_F(PluginDependenciesTest, SubfolderForAKindOfProcessor_IsLookedAtLikeTheFolder) {
  for (const char *name : {"glibc-hwcaps/x86-64-v2", "glibc-hwcaps/x86-64-v3", "glibc-hwcaps/another", "tls", "x86_64", "tls/haswell/x86_64"}) {
    const fs::path sub = fs::path(kFolder) / name, top = fs::path(kFolder) / *fs::path(name).begin();
    fs::create_directories(sub);
    fs::copy_file(kLibrary, sub / "libbrought.so");
    EXPECT_NE(PluginFile(fixture("brings")).load(), nullptr) << name;
    chmod((sub / "libbrought.so").c_str(), 0666);
    EXPECT_NE(refused(TG_E_TRUST, fixture("brings")).find((sub / "libbrought.so").string() + " can be written by others"), std::string::npos) << name;
    fs::remove(sub / "libbrought.so");
    for (fs::path each = sub; each != kFolder; each = each.parent_path()) {
      chmod(each.c_str(), 01777);
      EXPECT_NE(refused(TG_E_TRUST, fixture("brings")).find("others can write its folder " + each.string()), std::string::npos) << each;
      chmod(each.c_str(), 0755);
    }
    fs::remove_all(top);
  }
}

/// P9: a folder below a search path counts only if the loader would look in it.
TEST_F(PluginDependenciesTest, OtherSubfolder_IsNotLookedAt) {
  const fs::path other = fs::path(kFolder) / "other";
  fs::create_directory(other);
  chmod(other.c_str(), 0777);
  EXPECT_NE(PluginFile(fixture("brings")).load(), nullptr);
  fs::remove(other);
}

/// P9: the loader reads an empty element as the current folder.
TEST_F(PluginDependenciesTest, EmptyElementOfTheEnvironment_IsTheCurrentFolder_AndRefused) {
  for (const char *given : {":", ":/usr/lib", "/usr/lib:", "/usr/lib::/lib", "/usr/lib;", "lib"}) {
    setenv("LD_LIBRARY_PATH", given, 1);
    const std::string said = refused(TG_E_TRUST, fixture("brings"));
    EXPECT_NE(said.find("of LD_LIBRARY_PATH, which is no absolute path"), std::string::npos) << given << ": " << said;
  }
  for (const char *harmless : {"", kLibrary, "/nowhere/at/all"}) {  // no element, a file, no folder
    setenv("LD_LIBRARY_PATH", harmless, 1);
    EXPECT_NE(PluginFile(fixture("brings")).load(), nullptr) << harmless;
  }
  unsetenv("LD_LIBRARY_PATH");
}

/// P9: the loader keeps the LD_LIBRARY_PATH with which the process began.
TEST_F(PluginDependenciesTest, EnvironmentOfTheStart_CountsAfterItWasUnset) {
  if (std::getenv("LD_LIBRARY_PATH") == nullptr) {
    const std::string again = "LD_LIBRARY_PATH=: '" + fs::read_symlink("/proc/self/exe").string() +
                              "' --gtest_filter='PluginDependenciesTest.EnvironmentOfTheStart*' >&2";
    EXPECT_EQ(std::system(again.c_str()), 0);
    return;
  }
  unsetenv("LD_LIBRARY_PATH");
  const std::string said = refused(TG_E_TRUST, fixture("brings"));
  EXPECT_NE(said.find("of LD_LIBRARY_PATH, which is no absolute path"), std::string::npos) << said;
}

TEST_F(PluginDependenciesTest, TrustedLibrary_IsLoaded) {
  PluginFile file(fixture("brings"));
  EXPECT_NE(file.load(), nullptr);
}

TEST_F(PluginFileTest, ExecutableStackAndTextRelocations_AreRefused) {
  Elf elf(fixture("newer"));
  for (unsigned i = 0; i < elf.header().e_phnum; ++i)
    if (elf.segment(i).p_type == PT_GNU_STACK) elf.segment(i).p_flags |= PF_X;
  EXPECT_NE(refused(TG_E_TRUST, write("stack.so", elf.bytes)).find("asks for an executable stack"), std::string::npos);
  for (unsigned i = 0; i < elf.header().e_phnum; ++i)
    if (elf.segment(i).p_type == PT_GNU_STACK) elf.segment(i).p_type = PT_NULL;
  EXPECT_NE(refused(TG_E_TRUST, write("silent.so", elf.bytes)).find("asks for an executable stack"), std::string::npos);

  Elf text(fixture("newer"));
  for (unsigned i = 0; i < text.header().e_phnum; ++i) {
    if (text.segment(i).p_type != PT_DYNAMIC) continue;
    for (std::size_t at = text.segment(i).p_offset;; at += sizeof(Elf64_Dyn)) {
      if (text.at<Elf64_Dyn>(at).d_tag != DT_NULL) continue;
      text.at<Elf64_Dyn>(at).d_tag = DT_TEXTREL;  // the linker leaves some behind the last
      break;
    }
  }
  EXPECT_NE(refused(TG_E_TRUST, write("text.so", text.bytes)).find("has text relocations"), std::string::npos);
}

}  // namespace
}  // namespace tidegate::sdk
