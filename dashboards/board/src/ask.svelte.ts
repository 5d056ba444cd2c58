// One question at a time in front of the board: a few fields, then it is done or it is not.

export interface Field {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly kind: "text" | "number" | "choice";
  /** Of a choice: what can be chosen, and how it is called. */
  readonly options?: readonly (readonly [value: string, text: string])[];
  readonly required: boolean;
}

export interface Question {
  readonly title: string;
  readonly fields: readonly Field[];
  done(answers: Readonly<Record<string, string>>): void;
}

class Asking {
  question = $state.raw<Question | null>(null);

  readonly ask = (question: Question): void => {
    this.question = question;
  };

  readonly close = (): void => {
    this.question = null;
  };
}

export const asking = new Asking();
