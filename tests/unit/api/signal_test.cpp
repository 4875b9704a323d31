// A signal handler that interrupts an admission and asks for one itself.

#include <csignal>
#include <ctime>
#include <sys/time.h>

#include "api_test.hpp"

namespace tidegate {
namespace {

tg_service *interrupted_service = nullptr;
volatile std::sig_atomic_t handled = 0;
volatile std::sig_atomic_t wrong = 0;

void on_alarm(int) {
  tg_ticket ticket = 0;
  if (tg_admit(interrupted_service, nullptr, nullptr, &ticket) != TG_OK) wrong = 1;
  if (ticket != 0 && tg_release(interrupted_service, ticket) != TG_OK) wrong = 2;
  if (tg_enter(interrupted_service) == 1 && tg_leave(interrupted_service) != TG_OK) wrong = 3;
  handled = handled + 1;
}

TEST_F(ApiTest, Signal_InTheMiddleOfAnAdmission_MayAdmitToo) {
  const Service service = add("S", 1'000'000);
  interrupted_service = service.handle();
  struct sigaction action {};
  action.sa_handler = on_alarm;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; handled < 300 && i < 200'000'000; ++i) {
    tg_ticket ticket = 0;
    ASSERT_EQ(tg_admit(service.handle(), nullptr, nullptr, &ticket), TG_OK);
    ASSERT_EQ(tg_release(service.handle(), ticket), TG_OK);
    ASSERT_EQ(tg_enter(service.handle()), 1);
    ASSERT_EQ(tg_leave(service.handle()), TG_OK);
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  std::signal(SIGALRM, SIG_IGN);  // not its default: one may still be on its way
  EXPECT_EQ(wrong, 0);
  EXPECT_GE(handled, 300);
  EXPECT_EQ(service.info().sessions + service.info().entries, 0u);
  service.drain();
  EXPECT_TRUE(service.wait(TG_UNTIL_DRAINED, kLimit));
}

}  // namespace
}  // namespace tidegate
