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
#include <tidegate/tidegate.h>
#include <unistd.h>

enum { MAX_FD = 4096 };
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

static void watch(int epoll, int fd) {
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
}

static void accept_client(int epoll, int listener) {
  struct sockaddr_in from;
  int fd = accept4(listener, (struct sockaddr *)&from, &(socklen_t){sizeof from}, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  tg_verdict verdict = TG_INIT(tg_verdict);
  tg_request request = TG_INIT(tg_request);
  request.tag = (uint64_t)fd;
  request.peer.ip[10] = request.peer.ip[11] = 0xff; /* IPv4 in IPv6 */
  memcpy(request.peer.ip + 12, &from.sin_addr, 4);
  request.peer.port = ntohs(from.sin_port);
  need(tg_admit(service, &request, &verdict, &tickets[fd]));
  if (tickets[fd] != 0) {
    watch(epoll, fd);
    return;
  }
  dprintf(fd, "refused: %.*s; retry after %llu s\n", (int)verdict.text.len, verdict.text.ptr,
          (unsigned long long)(verdict.retry_after_ns / 1000000000));
  close(fd);
}

static void end_client(int fd) {
  close(fd);
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

int main(int argc, char **argv) {
  sigset_t signals;
  sigemptyset(&signals), signal(SIGPIPE, SIG_IGN); /* a client may be gone before it is refused */
  sigaddset(&signals, SIGTERM), sigaddset(&signals, SIGINT);
  struct sigaction hang_up; /* the terminal is gone: ends too, unless nohup(1) says that it goes on */
  if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, NULL);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 7007));
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
    perror("echo: cannot listen");
    return 1;
  }

  tg_host *host;
  tg_control *control;
  tg_host_options options = TG_INIT(tg_host_options);
  options.name = argc > 2 ? (tg_str){argv[2], strlen(argv[2])} : TG_STR("echo"), options.loop = TG_LOOP_POLL;
  need(tg_host_create(&options, &host));
  tg_service_options echo = TG_INIT(tg_service_options);
  echo.name = TG_STR("ECHO"), echo.activity = TG_STR("Connections"), echo.close = on_close;
  struct rlimit files; /* refuse before descriptors run out, so that there is one left to say so */
  getrlimit(RLIMIT_NOFILE, &files);
  echo.max_sessions = (files.rlim_cur < MAX_FD ? files.rlim_cur : MAX_FD) - 32;
  echo.ramp_ns = TG_OFF; /* an echo is cheap: all may come back at once */
  need(tg_service_create(host, &echo, &service));
  need(tg_service_start(service, NULL));
  need(tg_control_open(host, NULL, &control)); /* last: whoever finds it finds a server that runs */

  int epoll = epoll_create1(EPOLL_CLOEXEC), signalled = signalfd(-1, &signals, SFD_CLOEXEC), ending = 0;
  watch(epoll, listener), watch(epoll, signalled), watch(epoll, tg_host_fd(host));
  for (tg_service_info info = TG_INIT(tg_service_info); !ending || info.status != TG_STATUS_STOPPED;) {
    struct epoll_event event;
    if (epoll_wait(epoll, &event, 1, -1) < 1) continue;
    struct signalfd_siginfo taken;
    if (event.data.fd == listener) accept_client(epoll, listener);
    else if (event.data.fd == tg_host_fd(host)) need(tg_host_poll(host));
    else if (event.data.fd != signalled) serve_client(event.data.fd);
    else if (read(signalled, &taken, sizeof taken) > 0) { /* let sessions end, for 30 s; again: tell them to; again: now */
      ending = 1;
      tg_host_terminate(host, NULL);
    }
    tg_service_info_get(service, &info);
  }
  for (int fd = 0; fd < MAX_FD; ++fd) /* those that a stop without waiting has left */
    if (tickets[fd] != 0) end_client(fd);
  tg_control_close(control);
  return tg_host_destroy(host) < 0 ? 1 : 0;
}
