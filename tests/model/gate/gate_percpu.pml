/* The gate of one service whose cells are per processor: sdk/src/core/gate.cpp, cells.cpp, per_cpu.hpp, step by step.
 *
 * Workers pass and leave; the kernel moves them to another processor at any step; control opens, shuts, calls off and
 * shuts again. A step of a worker is one access to memory that others write. Checked by assertion:
 *   - nothing is admitted once "drained" (25050) has been said, until the gate is opened;
 *   - it is said once in an epoch, with nobody inside, and at last: nobody waits for ever (`timeout`: a wake was lost);
 *   - shut() and seal() return who is inside at that instant, and the word of a gate that is not open says it at any time;
 *   - nobody opens a gate that has nobody inside without having said so.
 *
 * A loop of compare-and-exchange that decides by the word alone is one step here: a turn of it that fails changes nothing.
 * What leave_lane() does besides, for entries and for leaving(), is entries.pml's matter.
 * Sequentially consistent, but for the one plain store of a worker, the commit: with -DTSO it stays in the store buffer of
 * its processor until the fence, or as long as it likes before that.
 *
 * MAXN: how often each worker is let in. MIG: moves. ROUNDS: epochs. -DSTORM: worker 1 asks only while the gate is shut,
 * and as often as it likes. -DREFUSED: the system may once refuse the fence. -DLTL: also that the last drain ends, come
 * what may, with worker 1 asking for ever. */
#ifndef MAXN
#define MAXN 1
#endif
#ifndef MIG
#define MIG 0
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define T 2
#define CPUS 2

/* Entrance and cells; these are never reset. */
bit entrance = 0;
#define IN 0
#define OUT 1
#define of(lane, cpu) ((lane) * CPUS + (cpu))
byte cells[2 * CPUS];
#ifdef TSO
byte unseen[2 * CPUS];  /* of each: in the store buffer */
#endif

/* The word: its three parts are changed in one step. */
bit draining = 1, sealed = 0;
short count = 0;
#define shut_now (draining || sealed)

/* What the kernel knows of a thread: its processor, and whether it is in a sequence, or has to begin it anew. */
#define OUTSIDE 0
#define INSIDE 1
#define ANEW 2
byte cpu[T], sequence[T];

bit rung = 0;         /* the steward has been woken */
byte on_the_way = 0;  /* those that will wake it */

/* Ghosts: what somebody outside knows. */
short live = 0;        /* admitted, less released */
byte held = 0;         /* what the workers may still release, each of them any of it */
bit drained_said = 1;  /* and not opened since; a new gate is drained */
byte times_said = 0;   /* in this epoch */
bit over = 0;          /* the last drain has been said */

/* What must be so; by name, so that an error says it. */
bit nothing_after_drained = 1, drained_once = 1, drained_is_empty = 1, drained_at_last = 1, drained_before_open = 1,
    shut_is_exact = 1, word_is_exact = 1;
#define must(what, so) what = (so); assert(what)

inline come() { live++; held++; must(nothing_after_drained, !drained_said) }
inline go() { live-- }
inline exact() { must(word_is_exact, !shut_now || (count == live && count >= 0)) }

inline announce() {
  atomic {
    times_said++; drained_said = 1;
    must(drained_once, times_said == 1);
    must(drained_is_empty, live == 0)
  }
}

inline counted_one(lane, done) {
  sequence[me] = OUTSIDE; c = 0; done = 1;
  if :: lane == IN -> come() :: else -> go() fi
}

/* per_cpu::add(): load cpu_id, load the entrance, commit. `done`: it has been counted. */
inline add(lane, done) {
  do
  :: atomic { sequence[me] = INSIDE; c = cpu[me] };
     if
     :: atomic { sequence[me] == ANEW -> skip }
     :: atomic { sequence[me] == INSIDE && !entrance -> sequence[me] = OUTSIDE; c = 0; done = 0; break }
     :: atomic { sequence[me] == INSIDE && entrance -> skip };
        if
        :: atomic { sequence[me] == ANEW -> skip }
#ifdef NORESTART
        /* Two processors add to one cell. */
        :: atomic { sequence[me] == INSIDE && cpu[me] != c -> v = cells[of(lane, c)] };
           atomic { cells[of(lane, c)] = v + 1; v = 0; counted_one(lane, done); break }
#endif
        :: atomic {
             sequence[me] == INSIDE && cpu[me] == c ->
             cells[of(lane, c)]++;
#ifdef TSO
             unseen[of(lane, c)]++;
#endif
             counted_one(lane, done);
             break
           }
        fi
     fi
  od
}

/* pass_lane() at the word: ordinary work, or work that the permission table permits inside (a child, an emergency). */
inline pass_lane(done) {
  atomic {
    if
    :: !shut_now -> count++; done = 1; come()
#ifdef NOT_SEALED_AT_ZERO
    :: draining && !sealed -> count++; done = 1; come()
#else
    :: draining && !sealed && count != 0 -> count++; done = 1; come()  /* Pass::inside */
#endif
#ifdef REFUSAL_COUNTS
    :: shut_now -> count++; done = 2
#else
    :: shut_now -> done = 0
#endif
    fi;
    exact()
  }
#ifdef REFUSAL_COUNTS
  ;
  atomic { if :: done == 2 -> count--; done = 0 :: else fi }
#endif
}

/* leave_lane() at the word. */
inline leave_lane(last) {
  atomic {
    count--; go();
    last = (count == 0 && shut_now);
    if :: last -> on_the_way++ :: else fi;
    exact()
  }
}

#ifdef STORM
#define asks (me == 0 || shut_now)
#else
#define asks true
#endif
#ifdef LTL
#define may_ask (asks && held == 0)  /* who would rather ask than leave, for ever, ends no drain */
#else
#define may_ask asks
#endif

proctype worker(byte me) {
  byte n, c, v, done;
  do
  :: atomic { n < MAXN && may_ask -> n++ };
     add(IN, done);
     if
     :: done
     :: else -> pass_lane(done);
#ifdef STORM
        if :: !done && me == 1 -> n-- :: else fi
#endif
     fi;
     done = 0
  :: atomic { held > 0 -> held-- };
     add(OUT, done);
     if
     :: done -> done = 0
     :: else -> leave_lane(done);
        if
        :: done ->
#ifdef LAST_TWICE
           announce();
#endif
#ifdef LAST_UNNOTICED
           atomic { on_the_way--; done = 0 }
#else
           atomic { rung = 1; on_the_way--; done = 0 }
#endif
        :: else
        fi
     fi
  :: n < MAXN -> n = MAXN  /* stops asking */
  :: n == MAXN && held == 0 -> break
  od
}

/* Takes a processor away from a thread, and gives it the other: between any two steps. */
proctype kernel() {
  byte k, t;
  do
  :: atomic {
       k < MIG -> k++;
       if :: t = 0 :: t = 1 fi;
       cpu[t] = 1 - cpu[t];
#ifndef NORESTART
       if :: sequence[t] == INSIDE -> sequence[t] = ANEW :: else fi;
#endif
       t = 0
     }
  :: break
  od
}

/* membarrier(PRIVATE_EXPEDITED_RSEQ): no sequence that has begun commits, and all that have committed are seen. */
inline fence() {
#ifdef NOFENCE
  skip
#else
  atomic {
    if :: sequence[0] == INSIDE -> sequence[0] = ANEW :: else fi;
    if :: sequence[1] == INSIDE -> sequence[1] = ANEW :: else fi;
#if defined(TSO) && !defined(UNPUBLISHED)
    unseen[0] = 0; unseen[1] = 0; unseen[2] = 0; unseen[3] = 0;
#endif
  }
#endif
}

/* Cells::close() past the fence: each cell is a load. */
inline take() {
  i = 0;
  do
  :: i < 2 * CPUS ->
     atomic {
       if
       :: value = cells[i]
#ifdef TSO
       :: value = cells[i] - unseen[i]
#endif
       fi;
       counted = (i < CPUS -> counted + value : counted - value);
       value = 0; i++
     }
  :: else -> i = 0; break
  od
}

/* Adds what was counted since the last time. One number is settled here for all lanes, as only their sum is added. */
inline settle() {
  atomic {
#ifdef SETTLE_TWICE
    count = count + counted;
#else
    count = count + counted - settled; settled = counted;
#endif
    counted = 0; exact()
  }
}

/* `refused`: by the system; then nothing has been changed. */
inline slow_down(refused) {
  entrance = 0;
#ifdef REFUSED
  if
  :: atomic { !refused_once -> refused_once = 1; refused = 1 }; entrance = 1
  :: true ->
#endif
#if defined(SETTLE_BEFORE_FENCE)
  take(); fence(); settle()
#elif defined(SHUT_BEFORE_SETTLE)
  fence(); take()
#else
  fence(); take(); settle()
#endif
#ifdef REFUSED
  fi
#endif
}

/* shut() and seal(), the cells having been closed; `found`: who is inside. */
inline shut(seal) {
  atomic {
    draining = 1; sealed = seal;
    found = count;
    must(shut_is_exact, found == live)
  }
#ifdef SHUT_BEFORE_SETTLE
  ;
  settle()
#endif
}

inline open() { atomic { must(drained_before_open, drained_said); draining = 0; sealed = 0; drained_said = 0 } }
inline speed_up() { entrance = 1 }
inline open_gate() {
#ifdef SPEED_UP_BEFORE_OPEN
  speed_up(); open()
#else
  open(); speed_up()
#endif
}

inline open_unless_drained(opened) {
  atomic {
    if
#ifndef RESUME_LOSES_ZERO
    :: count == 0 -> opened = 0
#endif
    :: else -> must(drained_before_open, live != 0); opened = 1; draining = 0; sealed = 0
    fi
  }
}

proctype control() {
  byte i, round;
  short counted, settled, value, found;
  bit refused, refused_once, again, seal, opened;
  open_gate();
  do
  :: round < ROUNDS -> round++;
     times_said = 0;
     slow_down(refused);
     if :: refused -> refused = 0; round--; goto next :: else fi;
     if :: seal = 0 :: seal = 1 fi; shut(seal);
     if
     :: found == 0 -> announce()
     :: else ->
        do
        /* Service::attend(): because it was woken, or for another reason while whoever wakes it is on its way. */
        :: atomic { rung -> rung = 0 };
           if :: count == 0 -> announce(); break :: else fi
        :: atomic { on_the_way > 0 && count == 0 }; announce(); break
        /* stop_now, or a drain again, of a gate that was sealed; once, so that the rest has to come about by itself. */
        :: atomic { !again -> again = 1; if :: seal = 0 :: seal = 1 fi };
           shut(seal);
           if :: found == 0 -> announce(); break :: else fi
        :: round < ROUNDS ->
           open_unless_drained(opened);
           if :: opened -> opened = 0; speed_up(); goto next :: else -> announce(); break fi
        :: timeout -> must(drained_at_last, drained_said)  /* all have left, and nobody says it */
        od
     fi;
     atomic { found = 0; again = 0; seal = 0 };
     if :: round == ROUNDS -> break :: else fi;
     open_gate();
next:
     atomic { found = 0; again = 0; seal = 0 }
  od;
  must(drained_at_last, times_said == 1 && drained_said && live == 0);
  over = 1
}

init {
  atomic {
    run worker(0); run worker(1); run control();
    if :: MIG > 0 -> run kernel() :: else fi
  }
}

#ifdef LTL
ltl completes { <> over }
#endif
