import { Alert, Anchor, List, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { IconAlert } from "../../ui/icons";
import { StepFrame } from "../StepFrame";
import { type DetailErrors, type Details, checkDetails } from "../details";

interface Props {
  details: Details;
  isEmergency: boolean;
  isSignedIn: boolean;
  onChange: (details: Details) => void;
  onBack: () => void;
  onNext: () => void;
}

type Field = keyof Details;

/** How browsers and password managers know the fields. */
const AUTOCOMPLETE: Partial<Record<Field, string>> = {
  name: "name",
  email: "email",
  phone: "tel",
  address: "street-address",
};

/** Who it is for, and where. */
export function DetailsStep(props: Props) {
  const { details, isEmergency, isSignedIn, onChange, onBack, onNext } = props;
  const { t } = useTranslation(["booking", "common"]);
  const [errors, setErrors] = useState<DetailErrors>({});
  const [attempts, setAttempts] = useState(0);
  const summary = useRef<HTMLDivElement>(null);
  const wrong = Object.keys(errors) as Field[];

  useEffect(() => {
    if (attempts > 0) summary.current?.focus();
  }, [attempts]);

  const next = () => {
    const found = checkDetails(details, isEmergency);
    setErrors(found);
    if (Object.keys(found).length === 0) return onNext();
    return setAttempts((count) => count + 1);
  };
  const change = (field: Field, value: string) => {
    const changed = { ...details, [field]: value };
    onChange(changed);
    if (errors[field] !== undefined) {
      const { [field]: still } = checkDetails(changed, isEmergency);
      const { [field]: _mended, ...others } = errors;
      setErrors(still === undefined ? others : { ...others, [field]: still });
    }
  };
  const bind = (field: Field, isNeeded: boolean) => {
    const error = errors[field];
    return {
      id: `details-${field}`,
      label: t(`details.${field}`),
      ...(isNeeded ? {} : { description: t("common:optional") }),
      withAsterisk: false,
      autoComplete: AUTOCOMPLETE[field] ?? "off",
      value: details[field],
      error: error === undefined ? undefined : t(`details.error.${error}`),
      "aria-required": isNeeded,
      onChange: (event: { currentTarget: { value: string } }) =>
        change(field, event.currentTarget.value),
    };
  };

  return (
    <StepFrame
      step="details"
      lead={isSignedIn ? t("details.leadSignedIn") : t("details.lead")}
      onBack={onBack}
      onNext={next}
    >
      {wrong.length === 0 ? null : (
        <Alert
          ref={summary}
          role="alert"
          tabIndex={-1}
          color="red"
          variant="light"
          icon={<IconAlert />}
          title={t("details.errors", { count: wrong.length })}
        >
          <List>
            {wrong.map((field) => (
              <List.Item key={field}>
                <Anchor href={`#details-${field}`} c="inherit" underline="always">
                  {t(`details.${field}`)}: {t(`details.error.${errors[field] ?? "needed"}`)}
                </Anchor>
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          next();
        }}
      >
        <Stack maw="36rem">
          {isEmergency ? (
            <Textarea {...bind("description", true)} autosize minRows={3} maxRows={10} />
          ) : null}
          <TextInput {...bind("name", true)} />
          <TextInput {...bind("email", true)} type="email" inputMode="email" />
          <TextInput {...bind("phone", isEmergency)} type="tel" inputMode="tel" />
          <Textarea {...bind("address", isEmergency)} autosize minRows={2} maxRows={6} />
          {isEmergency ? null : (
            <Textarea {...bind("notes", false)} autosize minRows={3} maxRows={10} />
          )}
          <Text size="sm" c="dimmed">
            {t("details.privacy")}
          </Text>
          <button type="submit" hidden aria-hidden tabIndex={-1} />
        </Stack>
      </form>
    </StepFrame>
  );
}
