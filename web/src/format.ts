// Times and numbers for people, in the business's zone.

/** `+13055550142` as `(305) 555-0142`; other countries stay international. */
export function phone(number: string | null): string {
  if (!number) return "Number withheld";
  const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
  return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

/** Who calls, in a word or a number. */
export function caller(call: { from: string | null; call_sid: string }): string {
  return call.from === null && call.call_sid.startsWith("browser-") ? "Browser phone" : phone(call.from);
}

/** A length of time as `1:05`. */
export function length(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export class Times {
  constructor(private readonly zone: string) {}

  /** `2:30 PM`. */
  clock(at: string | Date): string {
    return this.format(at, { hour: "numeric", minute: "2-digit" });
  }

  /** `Mon, Nov 23, 2:30 PM`. */
  moment(at: string | Date): string {
    return this.format(at, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
  }

  /** `Monday, November 23`. */
  day(at: string | Date): string {
    return this.format(at, { weekday: "long", month: "long", day: "numeric" });
  }

  /** `2026-11-23`, to compare days. */
  key(at: string | Date): string {
    return new Intl.DateTimeFormat("en-CA", { timeZone: this.zone, dateStyle: "short" }).format(new Date(at));
  }

  private format(at: string | Date, options: Intl.DateTimeFormatOptions): string {
    return new Intl.DateTimeFormat("en-US", { timeZone: this.zone, ...options }).format(new Date(at));
  }
}
