/* The smallest server that drains: a TCP echo on one epoll loop. Usage: echo PORT [NAME] */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <tidegate/tidegate.h>
#include <unistd.h>

enum { MAX_FD = 65536, SPARE_FD = 32 }; /* the spare ones are for the library, its control socket, and the refused */
static int epoll;
static tg_service *service;
static tg_ticket tickets[MAX_FD]; /* by descriptor: the session's ticket, 0 when it is not a client */

static void need(tg_result result) {
  if (result >= 0) return;
  tg_str why = tg_last_error();
  fprintf(stderr, "echo: %.*s\n", (int)why.len, why.ptr);
  exit(1);
}

/* Tidegate asks for a session to end; it is released where its end is seen. */
static void on_close(void *user, tg_ticket ticket, uint64_t fd) {
  (void)user;
  if (tickets[fd] == ticket) shutdown((int)fd, SHUT_RDWR);
}

static void watch(int fd) {
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
}

/* Closes a connection. Reads all bytes first: the kernel resets a connection with unread bytes, and the peer loses the last answer. */
static void hang_up(int fd) {
  char unread[4096];
  shutdown(fd, SHUT_WR);
  for (int i = 0; i < 16 && recv(fd, unread, sizeof unread, MSG_DONTWAIT) > 0; ++i) continue; /* a flood is reset */
  close(fd);
}

/* Returns: an errno when nothing was accepted. */
static int accept_client(int listener) {
  struct sockaddr_in from;
  int fd = accept4(listener, (struct sockaddr *)&from, &(socklen_t){sizeof from}, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return errno;
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_request request = TG_INIT(tg_request);
  request.tag = (uint64_t)fd;
  request.peer.ip[10] = request.peer.ip[11] = 0xff; /* IPv4 in IPv6 */
  memcpy(request.peer.ip + 12, &from.sin_addr, 4);
  request.peer.port = ntohs(from.sin_port);
  need(tg_admit(service, &request, &verdict, &tickets[fd]));
  if (tickets[fd] != 0) return watch(fd), 0;
  dprintf(fd, "refused: %.*s; retry after %llu s\n", (int)verdict.text.len, verdict.text.ptr,
          (unsigned long long)(verdict.retry_after_ns / 1000000000));
  return hang_up(fd), 0;
}

static int out_of_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void end_client(int fd) {
  hang_up(fd);
  tg_release(service, tickets[fd]);
  tickets[fd] = 0;
}

static void serve_client(int fd) {
  char buffer[4096];
  ssize_t size = recv(fd, buffer, sizeof buffer, 0); /* a client that does not take its echo is closed */
  if (size > 0 && send(fd, buffer, (size_t)size, MSG_NOSIGNAL) == size) return;
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  end_client(fd);
}

/* Makes the kernel give out no descriptor beyond the table. Returns: how many sessions there are descriptors for. */
static uint64_t room(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur > MAX_FD) files.rlim_cur = MAX_FD, setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur >= 2 * SPARE_FD) return files.rlim_cur - SPARE_FD;
  fprintf(stderr, "echo: ulimit -n is %llu; set it to %d or more\n", (unsigned long long)files.rlim_cur, 2 * SPARE_FD);
  exit(1);
}

/* Blocks the signals that end a server. Returns: a descriptor that they are read from. */
static int signals(void) {
  sigset_t set;
  sigemptyset(&set), signal(SIGPIPE, SIG_IGN); /* a client may be gone before it is refused */
  sigaddset(&set, SIGTERM), sigaddset(&set, SIGINT);
  struct sigaction old; /* the terminal is gone: ends too, unless nohup(1) says that it goes on */
  if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, NULL);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int main(int argc, char **argv) {
  int signalled = signals(), retry = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), yes = 1, ending = 0;
  uint64_t max_sessions = room();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 7007));

  tg_host *host;
  tg_control *control;
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = argc > 2 ? (tg_str){argv[2], strlen(argv[2])} : TG_STR("echo"), options.loop = TG_LOOP_POLL;
  need(tg_host_create(&options, &host));
  tg_service_options echo = TG_INIT(tg_service_options);
  echo.name = TG_STR("ECHO"), echo.activity = TG_STR("Connections"), echo.close = on_close;
  echo.max_sessions = max_sessions; /* refuse before descriptors run out, so that there is one left to say so */
  echo.ramp_ns = TG_OFF;            /* an echo is cheap: all may come back at once */
  need(tg_service_create(host, &echo, &service));
  need(tg_control_open(host, NULL, &control)); /* before the port: another host of this name is not disturbed */

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
    perror("echo: cannot listen");
    return tg_control_close(control), tg_host_destroy(host), 1;
  }
  need(tg_service_start(service, NULL)); /* last, so that clients can reach the service as soon as it is Running */

  epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(listener), watch(signalled), watch(retry), watch(tg_host_fd(host));
  while (!ending || tg_host_wait(host, 0) != TG_OK) { /* each signal ends more: let sessions end; tell them to; wait for nothing */
    struct epoll_event event;
    struct signalfd_siginfo taken;
    uint64_t times;
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    if (event.data.fd == tg_host_fd(host)) need(tg_host_poll(host));
    else if (event.data.fd == signalled) {
      while (read(signalled, &taken, sizeof taken) > 0) ending = 1, tg_host_terminate(host, NULL);
    } else if (event.data.fd == retry) {
      if (read(retry, &times, sizeof times) > 0) watch(listener);
    } else if (event.data.fd != listener) serve_client(event.data.fd);
    else if (out_of_descriptors(accept_client(listener))) {
      epoll_ctl(epoll, EPOLL_CTL_DEL, listener, NULL); /* clients wait in the queue; looking again at once would be a spin */
      timerfd_settime(retry, 0, &(struct itimerspec){.it_value.tv_nsec = 100000000}, NULL);
    }
  }
  for (int fd = 0; fd < MAX_FD; ++fd) /* sessions that a stop without waiting has left */
    if (tickets[fd] != 0) end_client(fd);
  while (accept_client(listener) == 0) continue; /* those in the queue are told, not reset */
  close(listener);
  tg_control_close(control);
  return tg_host_destroy(host) < 0 ? 1 : 0;
}
