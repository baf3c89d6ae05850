// Whether this laboratory validated the system in use for anything at all.
import { readValidations } from "../api/validation_calls";

class Validated {
  isForSome = $state(false);

  /** Asked once somebody is signed in, and again when a director changed something. */
  async read() {
    try {
      const { validations } = await readValidations();
      this.isForSome = validations.some(
        (one) => one.is_of_this_system && one.withdrawn_at === null,
      );
    } catch {
      // Not known: then nothing more is claimed than research use.
      this.isForSome = false;
    }
  }
}

export const validated = new Validated();
