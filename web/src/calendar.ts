// The week's appointments, day by day.

import * as api from "./api";
import { byId, h } from "./dom";
import { phone, type Times } from "./format";

const DAY_MS = 24 * 60 * 60 * 1000;

export class Calendar {
  /** Weeks from the present one. */
  private offset = 0;

  constructor(
    private readonly times: Times,
    private readonly failed: (error: unknown) => void,
  ) {
    byId("week-back").addEventListener("click", () => this.go(this.offset - 1));
    byId("week-now").addEventListener("click", () => this.go(0));
    byId("week-on").addEventListener("click", () => this.go(this.offset + 1));
  }

  async reload(): Promise<void> {
    const days = Array.from({ length: 7 }, (_, i) => new Date(Date.now() + (this.offset * 7 + i) * DAY_MS));
    const first = days[0] ?? new Date();
    // A day more on each side: the business's midnight is not ours.
    const found = await api.appointments(new Date(first.getTime() - DAY_MS), new Date(first.getTime() + 8 * DAY_MS));
    byId("week").textContent = `${this.times.day(first)} to ${this.times.day(days[6] ?? first)}`;
    const today = this.times.key(new Date());
    byId("days").replaceChildren(
      ...days.map((day) => {
        const key = this.times.key(day);
        const own = found.filter((appointment) => this.times.key(appointment.slot.start) === key);
        return h(
          "div",
          { class: key === today ? "day today" : "day" },
          h("h3", {}, this.times.day(day)),
          own.length > 0 ? h("ul", {}, ...own.map((appointment) => this.item(appointment))) : h("p", { class: "empty" }, "–"),
        );
      }),
    );
  }

  private go(offset: number): void {
    this.offset = offset;
    this.reload().catch(this.failed);
  }

  private item(appointment: api.Appointment): HTMLLIElement {
    const { slot, customer_name, customer_phone, service_name } = appointment;
    return h(
      "li",
      { "data-appointment": appointment.id },
      h("time", { datetime: slot.start }, `${this.times.clock(slot.start)} – ${this.times.clock(slot.end)}`),
      h("span", {}, `${customer_name || "Somebody"}, ${service_name}`, h("span", { class: "quiet" }, ` ${customer_phone ? phone(customer_phone) : ""}`)),
    );
  }
}
