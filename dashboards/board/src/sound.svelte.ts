// Sound, off until somebody turns it on: a short soft tone every few seconds while an alert of
// high priority wants somebody. It imitates no device's alarm. A browser that lets nothing sound
// is a fault, and shown as one.
import { remember, remembered } from "./settings";

const EVERY_MS = 8_000;
const TONES = [523, 659] as const;
const TONE_S = 0.22;

class Sound {
  on = $state(remembered("sound") === "on");
  /** It is on, and the browser does not let it sound. */
  blocked = $state(false);
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  set(on: boolean): void {
    this.on = on;
    remember("sound", on ? "on" : "off");
    if (on) void this.test();
    else this.blocked = false;
  }

  /** Sounds once, and so finds out whether it can. */
  async test(): Promise<void> {
    try {
      this.#context ??= new AudioContext();
      // A browser that blocks sound leaves this waiting, for ever.
      void this.#context.resume();
      await new Promise((heard) => setTimeout(heard, 200));
      this.blocked = this.#context.state !== "running";
      if (!this.blocked) this.#play(this.#context);
    } catch {
      this.blocked = true;
    }
  }

  /** Sounds while `wanted`, at once and again and again. */
  ring(wanted: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (!wanted || !this.on) return;
    void this.test();
    this.#timer = setInterval(() => void this.test(), EVERY_MS);
  }

  #play(context: AudioContext): void {
    TONES.forEach((hertz, i) => {
      const [tone, volume] = [context.createOscillator(), context.createGain()];
      const begins = context.currentTime + i * TONE_S;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0, begins);
      volume.gain.linearRampToValueAtTime(0.2, begins + 0.03);
      volume.gain.linearRampToValueAtTime(0, begins + TONE_S);
      tone.connect(volume).connect(context.destination);
      tone.start(begins);
      tone.stop(begins + TONE_S);
    });
  }
}

export const sound = new Sound();
