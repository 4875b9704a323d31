/* Entries, of which nobody holds a ticket, and the way out: sdk/src/core/gate.cpp.
 *
 * Sessions and entries come and go; a rogue counts an entry out that nobody counted in, as a host with an error in it does.
 * While the gate is open that cannot be seen; when it is shut it has to be. Checked by assertion:
 *   - the drain of a session does not end in its place, nor by an entry too few: "drained" is said once, with no session
 *     inside, and with no entry inside but one whose place a rogue has taken;
 *   - as many leaves are refused, or found out later, as there were too many: without a rogue none is;
 *   - nothing is admitted once drained has been said, and it is said at last: `timeout` is a lost wake;
 *   - once drained has been said and nobody is leaving(), whoever was counted out does not touch the gate any more.
 *
 * The cells are one step each here, closed or not: that they are is gate_percpu.pml's and gate_shared.pml's. leave_lane()'s
 * loop is written out, as it counts itself among the leaving on the way.
 *
 * SESSIONS, ENTRIES: workers of each, who come in MAXN times. ROGUES: 0 to 2. ROUNDS: epochs. */
#ifndef SESSIONS
#define SESSIONS 1
#endif
#ifndef ENTRIES
#define ENTRIES 1
#endif
#ifndef ROGUES
#define ROGUES 1
#endif
#ifndef MAXN
#define MAXN 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

bit cells_open = 0;
short cell_sessions = 0, cell_entries = 0;  /* in less out, since they were last closed */

/* The word: all of it is changed in one step. */
bit draining = 1, sealed = 0;
short sessions = 0, entries = 0;
#define shut_now (draining || sealed)
#define empty (sessions == 0 && entries == 0)

byte leaving = 0;     /* Gate::leaving() */
byte surplus = 0;     /* Gate::surplus() */
bit rung = 0;         /* the steward has been woken */
byte on_the_way = 0;  /* those that will wake it */

/* Ghosts. */
short live_sessions = 0, live_entries = 0;
byte too_many = 0;    /* leaves that rogues have begun */
byte refused = 0;     /* leaves that were refused */
byte asking = 0;      /* workers that may still ask */
bit drained_said = 1, torn_down = 0;
byte times_said = 0;

/* What must be so; by name, so that an error says it. */
bit nothing_after_drained = 1, drained_once = 1, drained_is_empty = 1, drained_at_last = 1, drained_before_open = 1,
    refused_by_right = 1, all_found_out = 1, gone_for_good = 1;
#define must(what, so) what = (so); assert(what)

#define there must(gone_for_good, !torn_down)
inline found_out() { must(refused_by_right, refused + surplus <= too_many) }

inline announce() {
  atomic {
    times_said++; drained_said = 1;
    must(drained_once, times_said == 1);
    must(drained_is_empty, live_sessions == 0 && live_entries <= too_many)
  }
}

inline come() {
  must(nothing_after_drained, !drained_said);
  if :: entry -> live_entries++ :: else -> live_sessions++ fi
}
inline go() {
  if :: rogue :: !rogue && entry -> live_entries-- :: !rogue && !entry -> live_sessions-- fi
}

inline pass_lane(done) {
  atomic {
    there;
    if
    :: cells_open -> done = 1; come(); if :: entry -> cell_entries++ :: else -> cell_sessions++ fi
    :: else -> done = 0
    fi
  };
  if
  :: done
  :: else ->
#ifdef ENTRY_RAISED_BEFORE_WORD
     if :: entry -> entries++ :: else fi;
#endif
     atomic {
       there;
       if
       :: !shut_now -> done = 1
       :: draining && !sealed && !empty -> done = 1  /* Pass::inside */
       :: shut_now -> done = 0
       fi;
       if :: done -> come() :: else fi;
#if !defined(ENTRY_RAISED_BEFORE_WORD) && !defined(ENTRY_RAISED_AFTER_WORD)
       if :: done && entry -> entries++ :: else fi;
#endif
       if :: done && !entry -> sessions++ :: else fi
     };
#ifdef ENTRY_RAISED_BEFORE_WORD
     if :: !done && entry -> entries-- :: else fi
#endif
#ifdef ENTRY_RAISED_AFTER_WORD
     if :: done && entry -> entries++ :: else fi
#endif
  fi
}

/* Before the step that counts out, so that whoever sees the word without it sees this. */
inline announce_leaving() { atomic { there; leaving++; announced = 1 } }
inline gone() { atomic { there; leaving-- } }

inline leave_lane() {
  atomic {
    there;
    if
    :: cells_open -> done = 1; go(); if :: entry -> cell_entries-- :: else -> cell_sessions-- fi
    :: else
    fi
  };
  if
  :: done
  :: else ->
     atomic { there; shut_seen = shut_now };
     do
     :: done -> break
     :: else ->
#ifndef LEAVING_LATE
        if :: shut_seen && !announced -> announce_leaving() :: else fi;
#endif
#ifdef GUARD_APART
        guard = shut_seen && entry && entries <= 0;  /* looked at in a step of its own */
#endif
        atomic {
          there;
          if
          :: shut_now != shut_seen -> shut_seen = shut_now  /* the exchange fails */
#if defined(GUARD_APART)
          :: shut_now == shut_seen && guard -> done = 1; refused++; go(); found_out()
#elif !defined(NO_GUARD)
          :: shut_now == shut_seen && shut_now && entry && entries <= 0 -> done = 1; refused++; go(); found_out()
#endif
          :: else ->
             done = 1; go();
             if :: entry -> entries-- :: else -> sessions-- fi;
             if :: empty && shut_now -> last = 1; on_the_way++ :: else fi
          fi
        }
     od;
#ifdef LEAVING_LATE
     if :: last -> announce_leaving() :: else fi;
#endif
#ifdef GONE_FIRST
     if :: announced -> gone() :: else fi;
#endif
     if :: last -> atomic { there; rung = 1; on_the_way-- } :: else fi;
#ifndef GONE_FIRST
     if :: announced -> gone() :: else fi
#endif
  fi;
  atomic { done = 0; announced = 0; last = 0; shut_seen = 0 }
}

proctype worker(bit entry) {
  byte n;
  bit rogue, done, announced, last, shut_seen, guard;
  do
  :: n < MAXN -> n++;
     pass_lane(done);
     if :: n == MAXN -> asking-- :: else fi;
     if :: done -> done = 0; leave_lane() :: else fi
  :: atomic { n < MAXN -> n = MAXN; asking-- }
  :: n == MAXN -> break
  od
}

proctype rogue_worker() {
  bit entry = 1, rogue = 1, done, announced, last, shut_seen, guard;
  too_many++;
  leave_lane()
}

inline slow_down() {
  if
  :: cells_open ->
     atomic { cells_open = 0; in_cells = cell_sessions; entries_there = cell_entries; cell_sessions = 0; cell_entries = 0 };
#ifdef ENTRIES_SETTLED_LATE
     atomic { sessions = sessions + in_cells; in_cells = 0 };
#else
     atomic {
       sessions = sessions + in_cells; entries = entries + entries_there; in_cells = 0; entries_there = 0
     }
#endif
  :: else
  fi
}
inline speed_up() { cells_open = 1 }

/* Sets the bits, and puts right what was counted out too often: only a gate that is not open knows. */
inline mended() {
  if :: entries < 0 -> surplus = surplus - entries; entries = 0; found_out() :: else fi
}
inline shut(seal) {
  slow_down();
#ifdef MEND_BEFORE_SHUT
  atomic { mended() };
#endif
  atomic {
    draining = 1; sealed = seal;
#ifdef ENTRIES_SETTLED_LATE
    found = sessions + entries
  };
  atomic {
    entries = entries + entries_there; entries_there = 0;
#endif
#if !defined(MEND_MISSING) && !defined(MEND_BEFORE_SHUT)
    mended();
#endif
    found = sessions + entries
  }
}

proctype control() {
  byte round;
  short found, in_cells, entries_there;
  bit yes, again, seal;
  atomic { must(drained_before_open, drained_said); draining = 0; sealed = 0; drained_said = 0 };  /* open() */
  speed_up();
  do
  :: round < ROUNDS -> round++;
     times_said = 0;
     if :: seal = 0 :: seal = 1 fi; shut(seal);
     if
     :: found == 0 -> announce()
     :: else ->
        do
        /* Service::attend(): because it was woken, or for another reason while whoever wakes it is on its way. */
        :: atomic { rung -> rung = 0 };
           if :: empty -> announce(); break :: else fi
        :: atomic { on_the_way > 0 && empty }; announce(); break
        /* stop_now, or a drain again, of a gate that was sealed; once, so that the rest has to come about by itself. */
        :: atomic { !again -> again = 1; if :: seal = 0 :: seal = 1 fi };
           shut(seal);
           if :: found == 0 -> announce(); break :: else fi
        :: round < ROUNDS ->  /* open_unless_drained() */
           atomic { if :: empty -> yes = 0 :: else -> yes = 1; draining = 0; sealed = 0 fi };
           if :: yes -> yes = 0; speed_up(); goto next :: else -> announce(); break fi
        :: timeout -> must(drained_at_last, drained_said)  /* all have left, and nobody says it */
        od
     fi;
     atomic { found = 0; again = 0; seal = 0 };
     if :: round == ROUNDS -> break :: else fi;
     atomic { must(drained_before_open, drained_said); draining = 0; sealed = 0; drained_said = 0 };  /* open() */
     speed_up();
next:
     atomic { found = 0; again = 0; seal = 0 }
  od;
  must(drained_at_last, times_said == 1 && drained_said);
#if ROGUES == 0
  /* Who may still ask, or has an error in it, keeps the host from being destroyed; who has been counted out does not. */
  asking == 0;
  atomic { leaving == 0 -> torn_down = 1 };
#endif
  timeout;
  must(all_found_out, empty && leaving == 0 && live_sessions == 0 && live_entries == 0 && refused + surplus == too_many)
}

init {
  atomic {
    asking = SESSIONS + ENTRIES;
    run control();
    if :: SESSIONS > 0 -> run worker(0) :: else fi;
    if :: SESSIONS > 1 -> run worker(0) :: else fi;
    if :: ENTRIES > 0 -> run worker(1) :: else fi;
    if :: ENTRIES > 1 -> run worker(1) :: else fi;
    if :: ROGUES > 0 -> run rogue_worker() :: else fi;
    if :: ROGUES > 1 -> run rogue_worker() :: else fi
  }
}
